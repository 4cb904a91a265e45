import { z } from 'zod';

import type { Api, ApiCall } from '../../nodes/n8n/http';
import { StripeApi } from '../../nodes/Stripe/api';
import { changedSubscriptions } from '../../nodes/Stripe/changedSubscriptions';

/** An account with so many rows in every list. */
function accountWith(rows: number) {
	const send = async ({ query = {} }: ApiCall) => {
		const start = Number(String(query.starting_after ?? 'evt_0').slice(4));
		const data = Array.from({ length: Math.min(Number(query.limit), rows - start) }, (_, index) => ({
			id: `evt_${start + index + 1}`,
			object: 'event',
			type: 'customer.subscription.updated',
			created: 1_767_225_600,
			livemode: false,
			data: { object: { id: 'sub_1' } },
		}));
		return { status: 200, headers: {}, body: { data, has_more: start + data.length < rows } };
	};
	return new StripeApi({ send } as unknown as Api, false);
}

const row = z.object({ id: z.string() });

test.each([0, 1, 100, 2_050, 10_000])('a list of %i rows is walked to its end', async (rows) => {
	expect(await accountWith(rows).list('/v1/invoices', row)).toHaveLength(rows);
});

test('a list too long to be read is refused: a part of it does not pass for the whole', async () => {
	await expect(accountWith(10_001).list('/v1/invoices', row)).rejects.toMatchObject({ message: 'The list in Stripe is too long', description: '/v1/invoices has more than 10000 entries.' });
});

test('Get Changed says how to get a shorter one', async () => {
	const description = "/v1/events has more than 10000 entries. Choose a later 'Changed Since'.";
	await expect(changedSubscriptions(accountWith(10_001), '2026-01-01T00:00:00Z')).rejects.toMatchObject({ message: 'The list in Stripe is too long', description });
});
