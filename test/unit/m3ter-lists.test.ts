import { z } from 'zod';

import { M3terApi } from '../../nodes/M3ter/api';
import type { Api, ApiCall } from '../../nodes/n8n/http';

/** A list of so many pages with two entries each. */
function listOf(pages: number): { api: M3terApi; calls: ApiCall[] } {
	const calls: ApiCall[] = [];
	const send = async (call: ApiCall) => {
		const page = calls.push(call);
		return { status: 200, headers: {}, body: { data: [page * 2, page * 2 + 1], ...(page < pages ? { nextToken: `page-${page}` } : {}) } };
	};
	const http = { send } as unknown as Api;
	return { api: new M3terApi(http, http, 'org'), calls };
}

test('a list is walked to its end, each page with the token of the one before', async () => {
	const { api, calls } = listOf(3);
	expect(await api.list('/plans', z.number())).toEqual([2, 3, 4, 5, 6, 7]);
	expect(calls.map(({ query }) => query?.nextToken)).toEqual([undefined, 'page-1', 'page-2']);
});

test('a limit ends the walk', async () => {
	const { api, calls } = listOf(3);
	expect(await api.list('/plans', z.number(), { limit: 3 })).toEqual([2, 3, 4]);
	expect(calls).toHaveLength(2);
});

test('a list too long to be read is refused: a part of it does not pass for the whole', async () => {
	const { api } = listOf(1_001);
	await expect(api.list('/plans', z.number())).rejects.toMatchObject({ message: 'The list in m3ter is too long', description: '/plans has more than 2000 entries. Set a filter or a limit.' });
	expect(await listOf(1_000).api.list('/plans', z.number())).toHaveLength(2_000);
});
