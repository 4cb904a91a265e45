import { z } from 'zod';

import { ChargebeeApi } from '../../nodes/Chargebee/api';
import { changedSubscriptions } from '../../nodes/Chargebee/changedSubscriptions';
import type { Api, ApiCall } from '../../nodes/n8n/http';

const event = { id: 'ev_1', occurred_at: 1_790_000_000, object: 'event', event_type: 'subscription_changed', content: {} };

/** A list of so many pages with two events each. */
function listOf(pages: number): { api: ChargebeeApi; calls: ApiCall[] } {
	const calls: ApiCall[] = [];
	const send = async (call: ApiCall) => {
		const page = calls.push(call);
		return { status: 200, headers: {}, body: { list: [{ event }, { event }], ...(page < pages ? { next_offset: `page-${page}` } : {}) } };
	};
	return { api: new ChargebeeApi({ send } as unknown as Api, { url: '', catalog: async () => '2.0' }), calls };
}

test('a list is walked to its end, each page with the offset of the one before', async () => {
	const { api, calls } = listOf(3);
	expect(await api.list('/events', 'event', z.unknown())).toHaveLength(6);
	expect(calls.map(({ query }) => query?.offset)).toEqual([undefined, 'page-1', 'page-2']);
});

test('a list too long to be read is refused: a part of it does not pass for the whole', async () => {
	await expect(listOf(101).api.list('/invoices', 'event', z.unknown())).rejects.toMatchObject({ message: 'The list in Chargebee is too long', description: '/invoices has more than 200 entries.' });
	expect(await listOf(100).api.list('/invoices', 'event', z.unknown())).toHaveLength(200);
});

test('Get Changed lets one event that cannot be understood fail alone, by the name of its subscription', async () => {
	const unreadable = { ...event, content: { subscription: { id: 'sub_1' } } };
	const send = async () => ({ status: 200, headers: {}, body: { list: [{ event: unreadable }, { event }] } });
	const api = new ChargebeeApi({ send } as unknown as Api, { url: '', catalog: async () => '2.0' });
	expect(await changedSubscriptions(api, '2026-05-01')).toMatchObject([{ kind: 'invalid-input', description: expect.stringMatching(/^Subscription sub_1: .*subscription\.status/) }]);
});

test('Get Changed says how to get a shorter one', async () => {
	await expect(changedSubscriptions(listOf(101).api, '2026-05-01')).rejects.toMatchObject({ message: 'The list in Chargebee is too long', description: "/events has more than 200 entries. Choose a later 'Changed Since'." });
	expect(await changedSubscriptions(listOf(100).api, '2026-05-01')).toEqual([]);
});
