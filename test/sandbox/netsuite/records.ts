/** `/services/rest/record/v1`: create, read, update, upsert, delete, search, transform (sheet §4.1). */
import type { SandboxRequest, SandboxResponse } from '../kit/http';
import { invalidContent, invalidParameter, notFound, userError } from './errors';
import { readBody, readCustomFields, resolve } from './input';
import { customer as customerSchema, CUSTOMER_FIELDS, CUSTOMER_PLAIN_FIELDS, transaction as transactionSchema, type CustomerInput, type TransactionInput } from './schemas';
import { TRANSACTION_TYPES, type Core, type Customer, type RecordType, type Transaction, type TransactionType, type Values } from './state';
import { buildTransaction, checkExternalId, checkUnlocked } from './transactions';
import { recordEvent } from './userEvents';
import { customerView, transactionView } from './views';

const isTransaction = (type: RecordType): type is TransactionType => (TRANSACTION_TYPES as readonly string[]).includes(type);

type Stored = Customer | Transaction;

const all = (core: Core, type: RecordType): Stored[] =>
	isTransaction(type) ? [...core.state.transactions.values()].filter((entry) => entry.type === type) : [...core.state.customers.values()];

/** By internal id or `eid:<external id>`. */
export function find(core: Core, type: RecordType, key: string): Stored | undefined {
	const external = key.startsWith('eid:') ? key.slice(4) : undefined;
	return all(core, type).find(({ id, externalId }) => (external === undefined ? id === key : externalId === external));
}

function mustFind(core: Core, type: RecordType, key: string): Stored {
	const record = find(core, type, key);
	if (!record) throw notFound(`The record instance does not exist. Provide a valid record instance ID. (${type} ${key})`);
	return record;
}

/** Creates or changes a customer. Throws what NetSuite answers. */
export function buildCustomer(core: Core, request: SandboxRequest, input: CustomerInput, before?: Customer): Customer {
	const { state } = core;
	const subsidiary = resolve(core, 'subsidiary', input.subsidiary, 'subsidiary');
	const currency = resolve(core, 'currency', input.currency, 'currency');
	const terms = resolve(core, 'term', input.terms, 'terms');
	const plain = Object.fromEntries(Object.entries(input).filter(([key, value]) => CUSTOMER_PLAIN_FIELDS.includes(key) && value !== undefined)) as Values;
	const values: Values = { isPerson: false, isInactive: false, currency: '1', ...before?.values, ...plain, ...readCustomFields(core, request, input, CUSTOMER_FIELDS) };
	Object.assign(values, subsidiary && { subsidiary }, currency && { currency }, terms && { terms });
	if (values.subsidiary === undefined) throw userError('Please enter value(s) for: Primary Subsidiary', 'subsidiary');
	if (values.isPerson ? !values.lastName : !values.companyName) throw userError(`Please enter value(s) for: ${values.isPerson ? 'Last Name' : 'Company Name'}`);
	const id = before?.id ?? String(state.nextId++);
	values.entityId ??= values.isPerson ? [values.firstName, values.lastName].filter(Boolean).join(' ') : values.companyName;
	const taken = [...state.customers.values()].some((entry) => entry.id !== id && entry.values.entityId === values.entityId);
	if (taken) throw userError('A customer record with this ID already exists. You must enter a unique customer ID for each record you create.', 'entityId');
	const externalId = input.externalId ?? before?.externalId;
	if ([...state.customers.values()].some((entry) => entry.id !== id && externalId !== undefined && entry.externalId === externalId)) {
		throw invalidContent(`This record already exists: external id ${externalId}.`, 'externalId');
	}
	return { id, type: 'customer', externalId, values, created: before?.created ?? core.now(), modified: core.now() };
}

/** Reads, builds and stores; the script of the account hears of it. */
export function save(core: Core, request: SandboxRequest, type: RecordType, input: unknown, before?: Stored): Stored {
	if (!isTransaction(type)) {
		const record = buildCustomer(core, request, input as CustomerInput, before as Customer | undefined);
		core.state.customers.set(record.id, record);
		recordEvent(core, record, before ? 'edit' : 'create', request.path === '' ? 'ui' : 'rest');
		return record;
	}
	const old = before as Transaction | undefined;
	checkExternalId(core, { id: old?.id, externalId: (input as TransactionInput).externalId });
	const record = buildTransaction(core, request, type, input as TransactionInput, old);
	core.state.transactions.set(record.id, record);
	const approved = type === 'salesOrder' && old?.approvalStatus === '1' && record.approvalStatus === '2';
	recordEvent(core, record, approved ? 'approve' : old ? 'edit' : 'create', request.path === '' ? 'ui' : 'rest');
	return record;
}

const parse = (request: SandboxRequest, type: RecordType) => readBody(request, isTransaction(type) ? transactionSchema : customerSchema);

const location = (request: SandboxRequest, type: RecordType, id: string): string => {
	const root = request.path.slice(0, request.path.indexOf('/services/'));
	return `http://${request.headers.host}${root}/services/rest/record/v1/${type}/${id}`;
};

const written = (request: SandboxRequest, type: RecordType, { id }: Stored): SandboxResponse => ({
	status: 204,
	headers: { location: location(request, type, id) },
});

export const create = (core: Core, request: SandboxRequest, type: RecordType): SandboxResponse =>
	written(request, type, save(core, request, type, parse(request, type)));

export const update = (core: Core, request: SandboxRequest, type: RecordType, key: string): SandboxResponse =>
	written(request, type, save(core, request, type, parse(request, type), mustFind(core, type, key)));

/** `PUT …/eid:<external id>` creates or updates. */
export function upsert(core: Core, request: SandboxRequest, type: RecordType, key: string): SandboxResponse {
	if (!key.startsWith('eid:')) throw invalidParameter('PUT takes an external id: eid:<external id>');
	const externalId = key.slice(4);
	const input = parse(request, type);
	if (!/^[A-Za-z0-9_-]+$/.test(externalId)) throw invalidContent('The external id may have letters, digits, _ and - only.', 'externalId');
	if (input.externalId !== undefined && input.externalId !== externalId) throw invalidContent('The external id of the body is not that of the URL.', 'externalId');
	return written(request, type, save(core, request, type, { ...input, externalId }, find(core, type, key)));
}

export function remove(core: Core, type: RecordType, key: string): SandboxResponse {
	const record = mustFind(core, type, key);
	if (record.type !== 'customer') {
		checkUnlocked(core, record);
		core.state.transactions.delete(record.id);
	} else {
		if ([...core.state.transactions.values()].some(({ customerId }) => customerId === record.id)) {
			throw userError('This customer cannot be deleted because it has dependent records.');
		}
		core.state.customers.delete(record.id);
	}
	return { status: 204 };
}

const view = (core: Core, request: SandboxRequest, record: Stored): Record<string, unknown> => {
	const href = location(request, record.type, record.id);
	const expand = request.query.get('expandSubResources') === 'true';
	return record.type === 'customer' ? customerView(core, record, href) : transactionView(core, record, href, expand);
};

export function read(core: Core, request: SandboxRequest, type: RecordType, key: string): SandboxResponse {
	const shown = view(core, request, mustFind(core, type, key));
	const fields = request.query.get('fields')?.split(',');
	return { status: 200, body: fields ? Object.fromEntries(Object.entries(shown).filter(([name]) => name === 'links' || fields.includes(name))) : shown };
}

const CONDITION = /^\s*(\w+)\s+(IS|CONTAIN|START_WITH|EQUAL|ANY_OF)\s+(?:"([^"]*)"|\[([^\]]*)\]|(\S+))\s*(?:AND\s+|$)/i;

function matcher(text: string): (shown: Record<string, unknown>) => boolean {
	const tests: Array<(shown: Record<string, unknown>) => boolean> = [];
	let rest = text;
	while (rest.trim() !== '') {
		const found = CONDITION.exec(rest);
		if (!found) throw invalidParameter(`Invalid search query. Detailed unprocessed description follows: ${rest}`);
		const [whole, field, operator, quoted, list, bare] = found;
		const wanted = (quoted ?? bare ?? '').toLowerCase();
		const options = list?.split(',').map((entry) => entry.trim().replaceAll('"', '').toLowerCase());
		tests.push((shown) => {
			const raw = shown[field];
			const value = String((raw as { id?: string } | undefined)?.id ?? raw ?? '').toLowerCase();
			if (options) return options.includes(value);
			if (/^contain$/i.test(operator)) return value.includes(wanted);
			return /^start_with$/i.test(operator) ? value.startsWith(wanted) : value === wanted;
		});
		rest = rest.slice(whole.length);
	}
	return (shown) => tests.every((test) => test(shown));
}

/** Limit up to 1,000, offset a multiple of it. Throws 400. */
export function readPage({ query }: SandboxRequest): { limit: number; offset: number } {
	const limit = Number(query.get('limit') ?? 1000);
	const offset = Number(query.get('offset') ?? 0);
	if (!Number.isInteger(limit) || limit < 1 || limit > 1000) throw invalidParameter('limit has to be between 1 and 1000');
	if (!Number.isInteger(offset) || offset < 0 || offset % limit !== 0) throw invalidParameter('offset has to be a multiple of limit');
	return { limit, offset };
}

/** Ids only. */
export function list(core: Core, request: SandboxRequest, type: RecordType): SandboxResponse {
	const { limit, offset } = readPage(request);
	const matches = matcher(request.query.get('q') ?? '');
	const found = all(core, type).filter((record) => matches(view(core, request, record)));
	const items = found.slice(offset, offset + limit).map(({ id }) => ({ links: [{ rel: 'self', href: location(request, type, id) }], id }));
	return { status: 200, body: { links: [], items, count: items.length, hasMore: found.length > offset + limit, offset, totalResults: found.length } };
}

/** A sales order becomes an invoice; fields of the body win. */
export function transform(core: Core, request: SandboxRequest, key: string): SandboxResponse {
	const order = mustFind(core, 'salesOrder', key) as Transaction;
	if (order.approvalStatus !== '2' || order.status === 'G') throw userError('Only an approved sales order that is not billed yet can be invoiced.');
	const given = request.body === undefined ? {} : readBody(request, transactionSchema);
	const items = order.lines.map(({ itemId, quantity, rate, amount, description, values }) => ({
		...Object.fromEntries(Object.entries(values).filter(([field]) => field.startsWith('custcol'))),
		item: { id: itemId },
		price: { id: '-1' },
		quantity,
		rate,
		amount,
		description,
	}));
	const invoice = save(core, request, 'invoice', { entity: { id: order.customerId }, item: { items }, ...given }) as Transaction;
	invoice.createdFrom = order.id;
	order.status = 'G';
	order.modified = core.now();
	return written(request, 'invoice', invoice);
}
