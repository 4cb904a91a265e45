import type { IExecuteFunctions, JsonObject } from 'n8n-workflow';

import { readChannelSale } from '../n8n/channelSaleProperties';
import { channelSaleEvent, checkSale } from '../shared/channelSale';
import { Failure } from '../shared/failure';
import type { SubscriptionEvent } from '../shared/subscriptionEvent';
import type { XeroApi } from './api';
import { findOrCreateContact } from './contact';
import { acceptedQuotes, changedContacts, customerOf } from './subscription';

/** The operations of the resource Sale, for one item: what happens before there are bills. */
export async function runSaleOperation(context: IExecuteFunctions, api: XeroApi, operation: string, index: number): Promise<JsonObject[]> {
	const events = operation === 'record' ? [await recordSale(context, api, index)] : await changedSales(api, timeOf(context, index), context.getNodeParameter('watch', index) as string[]);
	return events as unknown as JsonObject[];
}

/** Contacts and accepted quotes that changed since then: what Get Changed and the polling trigger give. */
export async function changedSales(api: XeroApi, since: number, watch: readonly string[]): Promise<SubscriptionEvent[]> {
	const changes = [...(watch.includes('newContacts') ? ['CREATE' as const] : []), ...(watch.includes('contacts') ? ['UPDATE' as const] : [])];
	const contacts = changes.length > 0 ? await changedContacts(api, since, changes) : [];
	const quotes = watch.includes('quotes') ? await acceptedQuotes(api, since) : [];
	return [...contacts, ...quotes];
}

async function recordSale(context: IExecuteFunctions, api: XeroApi, index: number): Promise<SubscriptionEvent> {
	const sale = readChannelSale(context, index);
	const checked = checkSale(sale);
	// Xero's names have no angle brackets, no double spaces and none at the edges.
	const name = sale.customerName.replace(/[<>]/g, '').replace(/\s+/g, ' ').trim().slice(0, 255);
	const buyer = { name, number: (sale.customerNumber ?? '').slice(0, 50), email: sale.customerEmail, currency: sale.currency ?? '' };
	const contact = await findOrCreateContact(api, buyer, `${context.getExecutionId()}-${index}`);
	return channelSaleEvent(checked, 'Xero', customerOf(contact, sale.currency));
}

function timeOf(context: IExecuteFunctions, index: number): number {
	const text = String(context.getNodeParameter('since', index));
	const time = Date.parse(text);
	if (!Number.isNaN(time)) return time;
	throw new Failure('invalid-input', "'Changed Since' is not a date", { description: `"${text}" cannot be read. Use an ISO date-time such as 2026-05-01T00:00:00Z.` });
}
