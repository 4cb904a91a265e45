import { z } from 'zod';

import { XeroApi } from '../../nodes/Xero/api';
import type { Api, ApiCall } from '../../nodes/n8n/http';

/** Contacts on so many pages, one on each. */
function contactsOn(pages: number): { api: XeroApi; calls: ApiCall[] } {
	const calls: ApiCall[] = [];
	const send = async (call: ApiCall) => ({ status: 200, headers: {}, body: { pagination: { pageCount: pages }, Contacts: [calls.push(call)] } });
	return { api: new XeroApi({ send } as unknown as Api, 'tenant'), calls };
}

test('a list is read to its last page', async () => {
	const { api, calls } = contactsOn(3);
	expect(await api.list('Contacts', z.number())).toEqual([1, 2, 3]);
	expect(calls.map(({ query }) => query?.page)).toEqual([1, 2, 3]);
});

test('a list too long to be read is refused: a part of it does not pass for the whole', async () => {
	expect(await contactsOn(200).api.list('Contacts', z.number())).toHaveLength(200);
	await expect(contactsOn(201).api.list('Contacts', z.number())).rejects.toMatchObject({
		message: 'The list in Xero is too long',
		description: "Contacts: more than 200 entries. Choose a later 'Changed Since', or send fewer bills at once.",
	});
});
