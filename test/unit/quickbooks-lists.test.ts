import { z } from 'zod';

import type { Api, ApiCall } from '../../nodes/n8n/http';
import { QuickBooksApi } from '../../nodes/QuickBooks/api';

/** A company with so many items. */
function companyWith(rows: number) {
	const send = async ({ query = {} }: ApiCall) => {
		const start = Number(/startposition (\d+)/.exec(String(query.query))?.[1]);
		const Item = Array.from({ length: Math.max(0, Math.min(1000, rows + 1 - start)) }, (_, index) => ({ Id: String(start + index) }));
		return { status: 200, headers: {}, body: { QueryResponse: Item.length === 0 ? {} : { Item } } };
	};
	return new QuickBooksApi({ send } as unknown as Api, '1', 'production');
}

const row = z.object({ Id: z.string() });

test('a list is walked to its end', async () => {
	expect(await companyWith(2_000).query('Item', row, 'Active = true')).toHaveLength(2_000);
	expect(await companyWith(99_999).query('Item', row, 'Active = true')).toHaveLength(99_999);
});

test('a list too long to be read is refused: a part of it does not pass for the whole', async () => {
	await expect(companyWith(150_000).query('Item', row, 'Active = true')).rejects.toMatchObject({
		message: 'The list in QuickBooks is too long',
		description: 'Item where Active = true: 100000 or more. Ask for less, e.g. for changes since a later time.',
	});
});
