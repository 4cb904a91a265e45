/** SuiteQL's tables: lower-case columns; dates as Date, references by id with their names for BUILTIN.DF. */
import { statusName } from './views';
import type { Core, ListRow, Transaction } from './state';

export type Cell = string | number | Date | null | { id: string; name: string };
export type Row = Record<string, Cell>;

const TYPE_CODES = { invoice: 'CustInvc', salesOrder: 'SalesOrd', estimate: 'Estimate', creditMemo: 'CustCred' };

const flag = (value: unknown): string => (value ? 'T' : 'F');
const day = (text: unknown): Date | null => (typeof text === 'string' ? new Date(`${text}T00:00:00Z`) : null);
const text = (value: unknown): string | null => (value === undefined ? null : String(value as string));
const numeric = (id: unknown): Cell => (id === undefined ? null : Number(id));

/** Custom columns of a record, next to its own. */
const custom = (values: Record<string, unknown>): Row =>
	Object.fromEntries(Object.entries(values).filter(([key]) => key.startsWith('cust')).map(([key, value]) => [key.toLowerCase(), text(value)]));

function customers({ state }: Core): Row[] {
	return [...state.customers.values()].map(({ id, externalId, values, created, modified }) => ({
		id: numeric(id),
		entityid: text(values.entityId),
		companyname: text(values.companyName),
		firstname: text(values.firstName),
		lastname: text(values.lastName),
		isperson: flag(values.isPerson),
		email: text(values.email),
		phone: text(values.phone),
		externalid: text(externalId),
		currency: reference(state.lists.currency, values.currency),
		terms: reference(state.lists.term, values.terms),
		subsidiary: reference(state.lists.subsidiary, values.subsidiary),
		datecreated: new Date(created),
		lastmodifieddate: new Date(modified),
		isinactive: flag(values.isInactive),
		...custom(values),
	}));
}

function reference(list: Map<string, ListRow>, id: unknown): Cell {
	return id === undefined ? null : { id: String(id), name: list.get(String(id))?.name ?? String(id) };
}

function transactions({ state }: Core): Row[] {
	return [...state.transactions.values()].map((record) => ({
		id: numeric(record.id),
		tranid: record.tranId,
		type: TYPE_CODES[record.type],
		recordtype: record.type.toLowerCase(),
		status: { id: record.status, name: statusName(record) },
		entity: { id: record.customerId, name: String(state.customers.get(record.customerId)?.values.entityId) },
		trandate: day(record.tranDate),
		duedate: day(record.values.dueDate),
		createddate: new Date(record.created),
		lastmodifieddate: new Date(record.modified),
		externalid: text(record.externalId),
		currency: reference(state.lists.currency, record.currencyId),
		foreigntotal: record.total,
		total: record.total,
		foreignamountunpaid: record.total - record.amountPaid,
		foreignamountpaid: record.amountPaid,
		memo: text(record.values.memo),
		otherrefnum: text(record.values.otherRefNum),
		postingperiod: { id: record.postingPeriodId, name: state.periods.find(({ id }) => id === record.postingPeriodId)?.name ?? '' },
		approvalstatus: text(record.approvalStatus),
		startdate: day(record.values.startDate),
		enddate: day(record.values.endDate),
		...custom(record.values),
	}));
}

/** One main line and the item lines; quantities and amounts of sales are negative. */
function transactionLines({ state }: Core): Row[] {
	return [...state.transactions.values()].flatMap((record) => {
		const shared = { transaction: numeric(record.id), subsidiary: reference(state.lists.subsidiary, record.subsidiaryId), taxline: 'F' };
		const main: Row = { ...blankLine, ...shared, id: 0, linesequencenumber: 0, mainline: 'T', netamount: record.total, foreignamount: record.total };
		return [main, ...record.lines.map((line) => itemLine(state.lists, shared, record, line))];
	});
}

const blankLine: Row = { item: null, quantity: null, rate: null, memo: null, class: null, department: null, location: null };

function itemLine(lists: Core['state']['lists'], shared: Row, record: Transaction, line: Transaction['lines'][number]): Row {
	return {
		...shared,
		id: line.line,
		linesequencenumber: line.line,
		mainline: 'F',
		item: reference(lists.item, line.itemId),
		quantity: -line.quantity,
		rate: line.rate ?? null,
		netamount: -line.amount,
		foreignamount: -line.amount,
		memo: text(line.description ?? record.values.memo),
		class: reference(lists.classification, line.values.class),
		department: reference(lists.department, line.values.department),
		location: reference(lists.location, line.values.location),
		...custom(line.values),
	};
}

/** Columns every list has, and those of its own under the names SuiteQL knows. */
function listRows(rows: Map<string, ListRow>): Row[] {
	return [...rows.values()].map(({ id, name, externalId, isInactive, ...more }) => ({
		id: numeric(id),
		name,
		fullname: name,
		externalid: text(externalId),
		isinactive: flag(isInactive),
		...Object.fromEntries(Object.entries(more).map(([key, value]) => [key.toLowerCase(), text(value)])),
	}));
}

function periods({ state }: Core): Row[] {
	return state.periods.map(({ id, name, start, end, closed, arLocked }) => ({
		id: numeric(id),
		periodname: name,
		startdate: day(start),
		enddate: day(end),
		closed: flag(closed),
		arlocked: flag(arLocked),
		alllocked: flag(closed),
		isquarter: 'F',
		isadjust: 'F',
		isyear: 'F',
	}));
}

/** Rows of a table, none of which the role sees without the permission (sheet §1.4); undefined when there is no such table. */
export function tableRows(core: Core, name: string): Row[] | undefined {
	if (core.state.deniedTypes.has(name)) return [];
	if (name === 'currency' && !core.state.multipleCurrencies) return undefined;
	if (name === 'customer') return customers(core);
	if (name === 'transaction') return transactions(core);
	if (name === 'transactionline') return transactionLines(core);
	if (name === 'accountingperiod') return periods(core);
	const list = Object.entries(core.state.lists).find(([key]) => key === name)?.[1];
	return list && listRows(list);
}

/** Columns of tables that may be empty, and custom ones nobody has filled yet. */
export const KNOWN_COLUMNS: Record<string, string> = {
	customer:
		'id entityid companyname firstname lastname isperson email phone externalid currency terms subsidiary datecreated lastmodifieddate isinactive',
	transaction:
		'id tranid type recordtype status entity trandate duedate createddate lastmodifieddate externalid currency foreigntotal total foreignamountunpaid foreignamountpaid memo otherrefnum postingperiod approvalstatus startdate enddate',
	transactionline:
		'transaction id linesequencenumber mainline taxline item quantity rate netamount foreignamount memo class department location subsidiary',
	accountingperiod: 'id periodname startdate enddate closed arlocked alllocked isquarter isadjust isyear',
	item: 'id name fullname externalid isinactive itemid displayname itemtype baseprice',
	currency: 'id name fullname externalid isinactive symbol',
};
