import type { IDataObject, INodeExecutionData, IPollFunctions } from 'n8n-workflow';

import type { SubscriptionEvent } from '../shared/subscriptionEvent';
import { xeroApi } from './api';
import { triggerOrganisation } from './organisation';
import { changedSales } from './sales';

/** Changes become visible in Xero's lists a little late: every poll looks back this far, and what was seen is left out. */
const OVERLAP_MS = 120_000;
/** How far a test in the editor looks back for an example. */
const EXAMPLE_MS = 90 * 86_400_000;
const REMEMBERED = 2_000;

/** What was sold or changed since the last poll. The first poll after activation only notes the time. */
export async function pollSales(context: IPollFunctions): Promise<INodeExecutionData[]> {
	const staticData = context.getWorkflowStaticData('node');
	const now = Date.now();
	const isTest = context.getMode() === 'manual';
	const last = typeof staticData.polledAt === 'number' ? staticData.polledAt : undefined;
	const since = isTest ? now - EXAMPLE_MS : (last ?? now) - OVERLAP_MS;
	const api = await xeroApi(context, triggerOrganisation(context));
	const events = await changedSales(api, since, context.getNodeParameter('watch') as string[]);
	if (isTest) return events.slice(-1).map(asItem);
	const seen = Array.isArray(staticData.seen) ? staticData.seen.map(String) : [];
	const fresh = events.filter(({ id }) => !seen.includes(id));
	staticData.polledAt = now;
	staticData.seen = [...seen, ...fresh.map(({ id }) => id)].slice(-REMEMBERED);
	// What changed just before the activation is older than the workflow.
	return (last === undefined ? fresh.filter(({ occurredAt }) => Date.parse(occurredAt) >= now) : fresh).map(asItem);
}

const asItem = (event: SubscriptionEvent): INodeExecutionData => ({ json: event as unknown as IDataObject });
