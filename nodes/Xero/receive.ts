import type { IWebhookFunctions } from 'n8n-workflow';

import { toFailure } from '../n8n/errors';
import { forget, takeUnseen } from '../n8n/recentIds';
import { fingerprint } from '../shared/idempotency';
import type { SubscriptionEvent } from '../shared/subscriptionEvent';
import { tenantOf, xeroApi } from './api';
import { xeroInstant } from './dates';
import { triggerOrganisation } from './organisation';
import type { XeroWebhook } from './schemas';
import { contactsById, isBuyer, ofContact } from './subscription';

/** Xero waits five seconds for an answer. */
const TIMEOUT_MS = 3_500;

type XeroEvent = XeroWebhook['events'][number];

const keyOf = ({ tenantId, resourceId, eventType, eventDateUtc }: XeroEvent) => [tenantId, resourceId, eventType, eventDateUtc].join(' ');

/**
 * The contacts of one delivery as they are now, once each. A delivery may carry events of several organisations and repeat a
 * contact; those that are not asked for, and events seen before, give nothing.
 * @throws Failure when the contacts cannot be read: the delivery is not to be confirmed then
 */
export async function receiveEvents(context: IWebhookFunctions, webhook: XeroWebhook): Promise<SubscriptionEvent[]> {
	const wanted = context.getNodeParameter('events') as string[];
	const contacts = webhook.events.filter(({ eventCategory, eventType }) => eventCategory === 'CONTACT' && wanted.includes(eventType));
	if (contacts.length === 0) return [];
	const tenant = await tenantOf(context, triggerOrganisation(context), { timeoutMs: TIMEOUT_MS });
	const mine = contacts.filter(({ tenantId }) => tenantId === tenant);
	if (mine.length === 0) return [];
	const unseen = takeUnseen(context, mine.map(keyOf));
	try {
		return await contactEvents(context, tenant, mine.filter((event) => unseen.includes(keyOf(event))));
	} catch (error) {
		forget(context, unseen);
		throw toFailure(error);
	}
}

async function contactEvents(context: IWebhookFunctions, tenant: string, events: readonly XeroEvent[]): Promise<SubscriptionEvent[]> {
	if (events.length === 0) return [];
	const api = await xeroApi(context, tenant, { timeoutMs: TIMEOUT_MS });
	const byContact = new Map<string, XeroEvent[]>();
	for (const event of events) byContact.set(event.resourceId, [...(byContact.get(event.resourceId) ?? []), event]);
	const contacts = await contactsById(api, [...byContact.keys()]);
	return [...byContact].flatMap(([id, group]) => {
		const contact = contacts.get(id);
		if (contact === undefined || !isBuyer(contact)) return [];
		// A contact that was created and changed at once is new.
		const event = group.find(({ eventType }) => eventType === 'CREATE') ?? group[group.length - 1];
		const change = event.eventType === 'CREATE' ? 'CREATE' : 'UPDATE';
		return [ofContact(contact, change, `xero-${fingerprint(keyOf(event))}`, xeroInstant(group[group.length - 1].eventDateUtc))];
	});
}
