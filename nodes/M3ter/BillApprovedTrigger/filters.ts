import type { ILoadOptionsFunctions, INodePropertyOptions, IWebhookFunctions } from 'n8n-workflow';
import { z } from 'zod';

import type { Bill } from '../../shared/bill';
import { decimal, sum } from '../../shared/money';
import { m3terApi } from '../api';
import type { Account } from '../schemas';

/** Which bills pass. Every filter that is set must agree. */
export interface BillFilters {
	accountRule: 'all' | 'only' | 'except';
	/** Accounts by id or by code, as the user picked them. */
	accounts: Array<{ by: 'id' | 'code'; value: string }>;
	currencies: string[];
	billingFrequencies: string[];
	minimumTotal: number | undefined;
	customFields: Array<{ name: string; value: string }>;
}

const text = z.coerce.string().transform((value) => value.trim());
const locator = z.object({ mode: z.string(), value: text.catch('') });

/** n8n's parameters, as a workflow stores them or as expressions gave them. */
const parametersSchema = z.object({
	accountRule: z.enum(['all', 'only', 'except']),
	accounts: z.object({ account: z.array(z.object({ id: locator })).default([]) }),
	filters: z.object({
		currencies: z.array(text).default([]),
		billingFrequencies: z.array(text).default([]),
		minimumTotal: z.coerce.number().optional(),
		customFields: z.object({ field: z.array(z.object({ name: text, value: text })).default([]) }).default({}),
	}),
});

/** Reads the filter parameters. @throws ZodError when an expression gave something unusable */
export function readFilters(context: IWebhookFunctions): BillFilters {
	const { accountRule, accounts, filters } = parametersSchema.parse({
		accountRule: context.getNodeParameter('accountRule', 'all'),
		accounts: context.getNodeParameter('accounts', {}),
		filters: context.getNodeParameter('filters', {}),
	});
	return {
		accountRule,
		accounts: accounts.account.map(({ id }) => ({ by: id.mode === 'code' ? ('code' as const) : ('id' as const), value: id.value })).filter(({ value }) => value !== ''),
		currencies: filters.currencies.map((currency) => currency.toUpperCase()),
		billingFrequencies: filters.billingFrequencies,
		minimumTotal: filters.minimumTotal,
		customFields: filters.customFields.field.filter(({ name }) => name !== ''),
	};
}

/** Whether a bill, as it is now, is one the workflow wants. */
export function passes(bill: Bill, account: Account | undefined, filters: BillFilters): boolean {
	const { accountRule, currencies, billingFrequencies, minimumTotal, customFields } = filters;
	if (accountRule !== 'all' && isListed(bill, account, filters) !== (accountRule === 'only')) return false;
	if (currencies.length > 0 && !currencies.includes(bill.currency.toUpperCase())) return false;
	if (billingFrequencies.length > 0 && !billingFrequencies.includes(bill.billingFrequency ?? '')) return false;
	if (minimumTotal !== undefined && totalOf(bill).lt(decimal(minimumTotal))) return false;
	return customFields.every(({ name, value }) => String(account?.customFields?.[name] ?? '') === value);
}

function isListed(bill: Bill, account: Account | undefined, { accounts }: BillFilters): boolean {
	const code = account?.code ?? bill.accountCode;
	return accounts.some(({ by, value }) => value === (by === 'code' ? code : bill.accountId));
}

const totalOf = (bill: Bill) => (bill.billTotal === undefined ? sum(bill.lineItems.map((line) => line.convertedSubtotal)) : decimal(bill.billTotal));

const currencySchema = z.object({ code: z.string(), name: z.string() });

/** The organization's currencies. */
export async function loadCurrencies(this: ILoadOptionsFunctions): Promise<INodePropertyOptions[]> {
	const rows = await (await m3terApi(this)).list('/picklists/currency', currencySchema);
	return rows.map(({ code, name }) => ({ name: `${code} (${name})`, value: code })).sort((a, b) => a.name.localeCompare(b.name));
}
