/** What the record service shows. */
import type { Core, Customer, Line, ListName, Transaction } from './state';

const STATUS_NAMES: Record<string, Record<string, string>> = {
	invoice: { A: 'Open', B: 'Paid In Full', D: 'Pending Approval', E: 'Rejected', V: 'Voided' },
	creditMemo: { A: 'Open', B: 'Fully Applied', V: 'Voided' },
	salesOrder: { A: 'Pending Approval', B: 'Pending Fulfillment', F: 'Pending Billing', G: 'Billed', H: 'Closed' },
	estimate: { A: 'Open', B: 'Processed', C: 'Closed', V: 'Voided', X: 'Expired' },
};
const APPROVAL_NAMES = { '1': 'Pending Approval', '2': 'Approved', '3': 'Rejected' };

export const statusName = ({ type, status }: Transaction): string => STATUS_NAMES[type][status] ?? status;

const instant = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');

function reference(core: Core, list: ListName, id: unknown): object | undefined {
	if (id === undefined) return undefined;
	return { id: String(id), refName: core.state.lists[list].get(String(id))?.name };
}

const LISTS: Record<string, ListName> = {
	department: 'department',
	class: 'classification',
	location: 'location',
	terms: 'term',
	taxCode: 'salestaxitem',
	subsidiary: 'subsidiary',
};

const currencyOf = (core: Core, id: unknown) => (core.state.multipleCurrencies ? reference(core, 'currency', id) : undefined);

/** References as objects, everything else as it is. */
const shown = (core: Core, values: Customer['values']): Record<string, unknown> =>
	Object.fromEntries(Object.entries(values).map(([key, value]) => [key, key === 'currency' ? currencyOf(core, value) : key in LISTS ? reference(core, LISTS[key], value) : value]));

export function customerView(core: Core, customer: Customer, href: string): Record<string, unknown> {
	const { id, externalId, values, created, modified } = customer;
	return { links: [{ rel: 'self', href }], id, externalId, ...shown(core, values), dateCreated: instant(created), lastModifiedDate: instant(modified) };
}

function lineView(core: Core, { line, itemId, quantity, rate, amount, description, values }: Line): object {
	return { line, item: reference(core, 'item', itemId), quantity, rate, amount, description, ...shown(core, values) };
}

/** Sublists are links unless they are expanded. */
export function transactionView(core: Core, transaction: Transaction, href: string, expand: boolean): Record<string, unknown> {
	const { id, externalId, type, tranId, customerId, values, approvalStatus, total, amountPaid, tranDate, created, modified } = transaction;
	const lines = transaction.lines.map((line) => lineView(core, line));
	const period = core.state.periods.find((entry) => entry.id === transaction.postingPeriodId);
	return {
		links: [{ rel: 'self', href }],
		id,
		externalId,
		tranId,
		entity: { id: customerId, refName: core.state.customers.get(customerId)?.values.entityId },
		subsidiary: reference(core, 'subsidiary', transaction.subsidiaryId),
		currency: currencyOf(core, transaction.currencyId),
		tranDate,
		postingPeriod: period && { id: period.id, refName: period.name },
		status: { id: statusName(transaction), refName: statusName(transaction) },
		...(type === 'salesOrder' && { orderStatus: { id: transaction.status, refName: statusName(transaction) } }),
		...(type === 'invoice' && approvalStatus && { approvalStatus: { id: approvalStatus, refName: APPROVAL_NAMES[approvalStatus] } }),
		...shown(core, values),
		...(transaction.createdFrom && { createdFrom: { id: transaction.createdFrom } }),
		total,
		amountPaid,
		amountRemaining: total - amountPaid,
		createdDate: instant(created),
		lastModifiedDate: instant(modified),
		item: expand
			? { links: [{ rel: 'self', href: `${href}/item` }], items: lines, totalResults: lines.length }
			: { links: [{ rel: 'self', href: `${href}/item` }] },
	};
}
