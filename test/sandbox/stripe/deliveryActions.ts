/** How deliveries are held up, repeated and signed. */
import { z } from 'zod';

import type { Core } from './core';
import { send } from './delivery';
import { newSecret } from './webhookEndpoints';

/** See `DeliverySettings`. */
export const deliverySettings = z
	.object({
		copies: z.number().int().min(1),
		wrongSecret: z.boolean(),
		ageSeconds: z.number().int(),
		livemode: z.boolean(),
		attempts: z.number().int().min(1),
		backoffMs: z.number().min(0),
	})
	.partial()
	.strict();

/** Sends what was held one after the other, in order or the other way round. */
export function releaseDeliveries(core: Core, reversed: boolean): object {
	const held = core.held ?? [];
	core.held = undefined;
	const inTurn = async () => {
		for (const start of reversed ? held.reverse() : held) await start();
	};
	core.background.add(inTurn());
	return { released: held.length };
}

export function resendEvent(core: Core, eventId: string): object {
	const event = core.state.events.get(eventId);
	if (!event) throw new Error(`There is no event ${eventId}`);
	for (const endpoint of core.state.webhookEndpoints.values()) {
		if (endpoint.enabled_events.includes('*') || endpoint.enabled_events.includes(event.type)) send(core, event, endpoint);
	}
	return event;
}

/** A new signing secret; for a day the old one signs, too. */
export function rollSecret(core: Core, endpoint: string): { secret: string } {
	const pair = core.state.secrets.get(endpoint);
	if (!pair) throw new Error(`There is no webhook endpoint ${endpoint}`);
	const secret = newSecret();
	core.state.secrets.set(endpoint, { current: secret, previous: { secret: pair.current, until: core.now() + 24 * 60 * 60 } });
	return { secret };
}
