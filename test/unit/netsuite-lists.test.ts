import { z } from 'zod';

import type { Api, ApiCall } from '../../nodes/n8n/http';
import { NetSuiteApi } from '../../nodes/NetSuite/api';

/** A query with so many rows; NetSuite gives 100,000 at most. */
function queryOf(rows: number, saysSo = true) {
	const send = async ({ query = {} }: ApiCall) => {
		const offset = Number(query.offset);
		const items = Array.from({ length: Math.max(0, Math.min(1000, rows - offset)) }, (_, index) => ({ id: String(offset + index) }));
		return { status: 200, headers: {}, body: { items, hasMore: rows > offset + 1000 && (saysSo || offset < 99_000) } };
	};
	return new NetSuiteApi({ send } as unknown as Api, '1234567');
}

const row = z.object({ id: z.string() });

test('a query is walked to its end', async () => {
	expect(await queryOf(2_500).query('SELECT id FROM item ORDER BY id', row)).toHaveLength(2_500);
	expect(await queryOf(99_999).query('SELECT id FROM item ORDER BY id', row)).toHaveLength(99_999);
});

test.each([
	['and says that there is more', true],
	['and cuts the rest off', false],
])('a list too long to be read is refused when NetSuite stops at its limit %s', async (_name, saysSo) => {
	await expect(queryOf(150_000, saysSo).query('SELECT id FROM item ORDER BY id', row)).rejects.toMatchObject({
		message: 'The list in NetSuite is too long',
		description: 'SELECT id FROM item ORDER BY id: NetSuite gives 100000 rows at most. Ask for less, e.g. for changes since a later time.',
	});
});
