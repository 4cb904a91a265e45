import { z } from 'zod';

import type { Api, ApiCall } from '../../nodes/n8n/http';
import { PaddleApi } from '../../nodes/Paddle/api';
import { changedSubscriptions } from '../../nodes/Paddle/changedSubscriptions';
import { ClassicApi } from '../../nodes/Paddle/classicApi';

const answered = (body: unknown) => ({ status: 200, headers: {}, body });

/** A list of so many pages with two events each. */
function listOf(pages: number): { api: PaddleApi; calls: ApiCall[] } {
	const calls: ApiCall[] = [];
	const send = async (call: ApiCall) => {
		const page = calls.push(call);
		const data = [1, 2].map((row) => ({ event_id: `evt_${page}_${row}`, event_type: 'price.updated', occurred_at: '2026-05-02T00:00:00Z', data: {} }));
		return answered({ data, meta: { pagination: { has_more: page < pages } } });
	};
	return { api: new PaddleApi({ http: { send } as unknown as Api, dashboard: '', account: '', prices: new Map() }), calls };
}

/** A list of Classic: full pages, and a last one that is not. */
function classicListOf(fullPages: number): ClassicApi {
	let page = 0;
	const send = async () => answered({ success: true, response: Array<number>(page++ < fullPages ? 250 : 1).fill(7) });
	return new ClassicApi({ send } as unknown as Api, '', '');
}

test('a list is walked to its end, each page after the last id of the one before', async () => {
	const { api, calls } = listOf(3);
	expect(await api.list('/events', z.unknown())).toHaveLength(6);
	expect(calls.map(({ query }) => query?.after)).toEqual([undefined, 'evt_1_2', 'evt_2_2']);
});

test('a list too long to be read is refused: a part of it does not pass for the whole', async () => {
	await expect(listOf(101).api.list('/transactions', z.unknown())).rejects.toMatchObject({ message: 'The list in Paddle is too long', description: '/transactions has more than 200 entries.' });
	expect(await listOf(100).api.list('/transactions', z.unknown())).toHaveLength(200);
});

test('Get Changed says how to get a shorter one', async () => {
	await expect(changedSubscriptions(listOf(101).api, '2026-05-01')).rejects.toMatchObject({ message: 'The list in Paddle is too long', description: "/events has more than 200 entries. Choose a later 'Changed Since'." });
	expect(await changedSubscriptions(listOf(100).api, '2026-05-01')).toEqual([]);
});

test('a list of Classic too long to be read is refused as well', async () => {
	const list = async (fullPages: number) => await classicListOf(fullPages).list('/modifiers', {}, z.number(), (id) => id);
	await expect(list(40)).rejects.toMatchObject({ message: 'The list in Paddle Classic is too long', description: '/modifiers has 10000 entries or more.' });
	expect(await list(39)).toHaveLength(39 * 250 + 1);
});
