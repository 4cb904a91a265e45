import { z } from 'zod';

import * as billBodies from './billschemas';
import * as bodies from './schemas';

/** The event catalogue: names, and the fields rules may use. */

const BILLING = ['balance', 'balanceamount', 'bill', 'billconfig', 'billjob', 'charge', 'counteradjustment', 'scheduledbalancecharge', 'scheduledbalancetransaction', 'statementjob'];
const CONFIGURATION = ['account', 'accountplan', 'aggregation', 'alert', 'commitment', 'compoundaggregation', 'contract', 'counter', 'counterpricing', 'creditreason', 'customfield', 'meter', 'metergroup', 'organization', 'organizationconfig', 'plan', 'plangroup', 'plangrouplink', 'plantemplate', 'pricing', 'pricingband', 'product', 'transactiontype'];
const SINGLES = ['dataexport.job.failure', 'ingest.validation.failure', 'integration.authentication.error', 'integration.disabled.error', 'integration.missingaccountmapping.error', 'integration.perform.error', 'integration.validation.error'];

const ENTITIES = [...BILLING.map((name) => `billing.${name}`), ...CONFIGURATION.map((name) => `configuration.${name}`)];
export const EVENT_NAMES = [...ENTITIES.flatMap((name) => ['created', 'updated', 'deleted'].map((verb) => `${name}.${verb}`)), ...SINGLES];

type Fields = Record<string, string>;

const AUDIT: Fields = { id: 'string', version: 'int', dtCreated: 'string', dtLastModified: 'string', createdBy: 'string', lastModifiedBy: 'string' };

const BILL: Fields = {
	accountId: 'string', accountCode: 'string', startDate: 'string', endDate: 'string', startDateTimeUTC: 'string', endDateTimeUTC: 'string',
	billDate: 'string', dueDate: 'string', externalInvoiceDate: 'string', billingFrequency: 'string', billFrequencyInterval: 'int',
	timezone: 'string', currency: 'string', locked: 'boolean', status: 'string', createdDate: 'string', lastCalculatedDate: 'string',
	billTotal: 'double', billJobId: 'string', purchaseOrderNumber: 'string', externalInvoiceReference: 'string',
	sequentialInvoiceNumber: 'string', dtApproved: 'string', approvedBy: 'string', dtLocked: 'string', lockedBy: 'string',
	jsonStatementGenerated: 'boolean', csvStatementGenerated: 'boolean', statementStale: 'boolean', currencyConversions: 'array',
};

const OTHERS: Record<string, Fields> = {
	'billing.bill': BILL,
	'configuration.commitment': { accountId: 'string', amount: 'double', amountSpent: 'double', currency: 'string', startDate: 'string', endDate: 'string' },
	'billing.balanceamount': { accountId: 'string', balanceId: 'string', amount: 'double', currency: 'string' },
};

const SCHEMAS: Record<string, z.AnyZodObject> = {
	'configuration.account': bodies.account,
	'configuration.accountplan': bodies.accountPlan,
	'configuration.contract': bodies.contract,
	'configuration.meter': bodies.meter,
	'configuration.plan': bodies.plan,
	'configuration.plangroup': bodies.planGroup,
	'configuration.plangrouplink': bodies.planGroupLink,
	'configuration.plantemplate': bodies.planTemplate,
	'configuration.product': bodies.product,
	'configuration.creditreason': billBodies.reason,
	'configuration.organizationconfig': billBodies.organizationConfig,
	'configuration.customfield': billBodies.customFieldDefaults,
	'billing.billjob': billBodies.billJob.extend({ status: z.string(), type: z.string(), total: z.number().int(), pending: z.number().int() }),
	'billing.billconfig': billBodies.billConfig,
	'billing.statementjob': billBodies.statementJob.extend({ statementJobStatus: z.string() }),
};

function typeOf(schema: z.ZodTypeAny): string {
	if (schema instanceof z.ZodOptional) return typeOf(schema.unwrap() as z.ZodTypeAny);
	if (schema instanceof z.ZodEffects) return typeOf(schema.innerType() as z.ZodTypeAny);
	if (schema instanceof z.ZodNumber) return schema.isInt ? 'int' : 'double';
	if (schema instanceof z.ZodBoolean) return 'boolean';
	if (schema instanceof z.ZodArray) return 'array';
	return schema instanceof z.ZodObject || schema instanceof z.ZodRecord ? 'map' : 'string';
}

function entityFields(entity: string): Fields {
	const shape = (SCHEMAS[entity]?.shape ?? {}) as Record<string, z.ZodTypeAny>;
	const own = Object.fromEntries(Object.entries(shape).map(([name, schema]) => [name, typeOf(schema)]));
	return { ...own, ...OTHERS[entity], ...AUDIT };
}

const prefixed = (prefix: string, fields: Fields): Fields =>
	Object.fromEntries(Object.entries(fields).map(([name, type]) => [`${prefix}.${name}`, type]));

/** `{'new.status': 'string', ...}`: created events have `new`, deleted ones `old`, updated ones both. */
export function eventFields(eventName: string): Fields {
	const [, entity, verb] = /^(.*)\.(\w+)$/.exec(eventName) ?? [];
	if (!ENTITIES.includes(entity)) return prefixed('new', { id: 'string' });
	const fields = entityFields(entity);
	return { ...(verb !== 'deleted' && prefixed('new', fields)), ...(verb !== 'created' && prefixed('old', fields)) };
}
