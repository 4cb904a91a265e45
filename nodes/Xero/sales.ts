import type { IExecuteFunctions, JsonObject } from 'n8n-workflow';

import { Failure } from '../shared/failure';
import { xeroApi } from './api';
import { createOrGetContact, readBuyer } from './contact';
import { organisationChoice } from './organisation';
import { acceptedQuotes, changedContacts } from './subscription';

/** Contacts and quotes: what happens before there are bills. */
export async function runSalesOperation(context: IExecuteFunctions, resource: string, operation: string, index: number): Promise<JsonObject | JsonObject[]> {
	const api = await xeroApi(context, organisationChoice(context));
	if (operation === 'createOrGet') return await createOrGetContact(api, readBuyer(context, index), `${context.getExecutionId()}-${index}`);
	const since = timeOf(String(context.getNodeParameter('since', index)));
	return (await (resource === 'quote' ? acceptedQuotes(api, since) : changedContacts(api, since))) as unknown as JsonObject[];
}

function timeOf(text: string): number {
	const time = Date.parse(text);
	if (!Number.isNaN(time)) return time;
	throw new Failure('invalid-input', "'Changed Since' is not a date", { description: `"${text}" cannot be read. Use an ISO date-time such as 2026-05-01T00:00:00Z.` });
}
