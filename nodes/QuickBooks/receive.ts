import { sleep, type IDataObject, type IWebhookFunctions, type IWebhookResponseData, type INodeExecutionData } from 'n8n-workflow';

import { settled } from '../n8n/errors';
import { forget, isNewState, takeUnseen } from '../n8n/recentIds';
import { refuse } from '../n8n/webhook';
import { Failure } from '../shared/failure';
import { fingerprint } from '../shared/idempotency';
import { hmacSha256, safeEqual } from '../shared/signature';
import type { SubscriptionEvent } from '../shared/subscriptionEvent';
import { quickBooksApi } from './api';
import { isWanted } from './changedSales';
import { readSales, type SaleEntity } from './sale';
import { webhookEvents, type WebhookEvent } from './webhookEvents';

/** Intuit waits three seconds for the answer. */
const ANSWER_WITHIN_MS = 2_500;

/** Whether Intuit signed these bytes: base64 of their HMAC-SHA256 with the app's verifier token. */
export const isSigned = (rawBody: Buffer, signature: unknown, verifierToken: string): boolean =>
	typeof signature === 'string' && verifierToken !== '' && safeEqual(signature.trim(), hmacSha256(verifierToken, rawBody, 'base64'));

/**
 * A verified delivery: the sales of this company, read afresh in bulk, and the bare events of other companies of the app.
 * What cannot be read within the time Intuit waits is answered with 503, so that it is delivered again.
 */
export async function receive(context: IWebhookFunctions, rawBody: Buffer): Promise<IWebhookResponseData> {
	const events = await settled(async () => webhookEvents(rawBody.toString('utf8')));
	if (events instanceof Failure) return refuse(context, 400, `QuickBooks delivery not understood: ${events.message}`, events.description);
	const entities = context.getNodeParameter('entities') as string[];
	const unseen = new Set(takeUnseen(context, events.filter(({ entity }) => entities.includes(entity)).map(({ eventId }) => eventId)));
	// Two of one delivery with one id are the same event.
	const fresh = events.filter(({ eventId }) => unseen.delete(eventId));
	if (fresh.length === 0) return {};
	const outputs = await Promise.race([settled(async () => await outputsOf(context, fresh)), sleep(ANSWER_WITHIN_MS)]);
	if (outputs === undefined || outputs instanceof Failure) {
		forget(context, fresh.map(({ eventId }) => eventId));
		const why = outputs?.message ?? 'reading the records took longer than Intuit waits';
		return refuse(context, 503, `QuickBooks delivery not processed, Intuit sends it again: ${why}`, outputs?.description);
	}
	const [sales, others] = outputs;
	const news = sales.filter((sale) => isNews(context, sale));
	if (news.length + others.length === 0) return {};
	return { workflowData: [news.map(asItem), others.map(asItem)] };
}

const asItem = (json: SubscriptionEvent | WebhookEvent): INodeExecutionData => ({ json: json as unknown as IDataObject });

async function outputsOf(context: IWebhookFunctions, events: readonly WebhookEvent[]): Promise<[SubscriptionEvent[], WebhookEvent[]]> {
	const api = await quickBooksApi(context);
	const own = events.filter(({ realmId }) => realmId === api.realmId);
	const others = context.getNodeParameter('otherCompanies') === 'passOn' ? events.filter(({ realmId }) => realmId !== api.realmId) : [];
	const gone = own.filter(({ operation }) => operation === 'deleted');
	if (gone.length > 0) context.logger.info(`QuickBooks for m3ter Trigger: ${gone.length} deleted record(s) cannot be read any more. Ignored.`);
	const refs = own
		.filter(({ operation }) => operation !== 'deleted')
		.map((event) => ({ entity: event.entity as SaleEntity, id: event.entityId, eventId: event.eventId, created: event.operation === 'created' || undefined, raw: event }));
	const statuses = context.getNodeParameter('statuses') as string[];
	const sales = (await readSales(api, refs, String(context.getNodeParameter('system')))).flatMap((sale) => {
		if (!(sale instanceof Failure)) return sale !== undefined && isWanted(sale, statuses) ? [sale] : [];
		// Delivered again it would be the same, and hold up everything after it.
		context.logger.warn(`QuickBooks for m3ter Trigger: a record was left out: ${sale.message}`, { description: sale.description });
		return [];
	});
	return [sales, others];
}

/** Printing or mailing an estimate changes it as well: only what differs from what was given out last is news. */
const isNews = (context: IWebhookFunctions, { system, customer, subscription }: SubscriptionEvent): boolean =>
	isNewState(context, `${system} ${subscription?.id ?? `customer-${customer.id}`}`, fingerprint([customer, subscription]));
