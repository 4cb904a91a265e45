/** Invoices, credit memos and estimates: create, update, void, delete, send (sheet §4.2, §4.4, §4.5). */
import { Refusal } from './errors';
import { buildLines, resolveRef } from './lines';
import { sum } from './money';
import { SALES_FIELDS, type SalesInput } from './schemas';
import { find, type Company, type Core, type Entity, type SalesName } from './state';
import { changed } from './webhooks';

export interface WriteOptions {
	/** `include=allowduplicatedocnum` */
	allowDuplicates: boolean;
}

/** The object a write is about; 610 when there is none, 2020 without a token, 5010 when the token is not the current one. */
export function current(company: Company, name: SalesName | 'Customer' | 'Item', input: { Id?: string; SyncToken?: string }): Entity {
	const entity = find(company, name, input.Id);
	if (!entity) throw new Refusal('610', `Object Not Found : ${name} ${input.Id ?? ''}`, 'Id');
	if (input.SyncToken === undefined) throw new Refusal('2020', 'Required parameter SyncToken is missing in the request', 'SyncToken');
	if (input.SyncToken !== entity.SyncToken) {
		const detail = 'Stale Object Error : You and another user were working on this at the same time. The other user finished before you did.';
		throw new Refusal('5010', detail);
	}
	return entity;
}

/** Nothing dated on or before the closing date can be written. */
function checkBooks(company: Company, day: unknown): void {
	const { BookCloseDate = '' } = preferences(company).AccountingInfoPrefs;
	if (BookCloseDate && String(day) <= BookCloseDate) {
		throw new Refusal('6210', `The account period has closed and the account books cannot be updated through the QBO Services API. Closing date: ${BookCloseDate}`, 'TxnDate');
	}
}

interface Preferences {
	AccountingInfoPrefs: { BookCloseDate?: string };
	SalesFormsPrefs: { CustomTxnNumbers: boolean };
	CurrencyPrefs: { MultiCurrencyEnabled: boolean };
}

/** Every company has one set of preferences. */
export const preferences = (company: Company): Preferences => [...company.entities.Preferences.values()][0] as unknown as Preferences;

/** Numbers are shared by invoices and credit memos; estimates have their own. */
function checkDocNumber(company: Company, name: SalesName, number: string, id: string | undefined): void {
	for (const type of name === 'Estimate' ? (['Estimate'] as const) : (['Invoice', 'CreditMemo'] as const)) {
		const other = [...company.entities[type].values()].find((entry) => entry.DocNumber === number && (type !== name || entry.Id !== id));
		if (!other) continue;
		const detail = `Duplicate Document Number Error : You must specify a different number. This number has already been used. DocNumber=${number} is assigned to TxnType=${type} with TxnId=${other.Id}`;
		throw new Refusal('6140', detail, 'DocNumber');
	}
}

function docNumber(company: Company, name: SalesName, input: SalesInput, options: WriteOptions): string | undefined {
	const automatic = input.DocNumber === 'AUTO_GENERATE' || (input.DocNumber === undefined && !preferences(company).SalesFormsPrefs.CustomTxnNumbers);
	if (automatic) return String(company.nextDocNumber++);
	if (input.DocNumber !== undefined && company.warnDuplicates && !options.allowDuplicates) checkDocNumber(company, name, input.DocNumber, input.Id);
	return input.DocNumber;
}

function currency(company: Company, input: SalesInput, customer: Entity): { value: string } {
	const own = (customer.CurrencyRef as { value: string } | undefined)?.value ?? company.homeCurrency;
	const wanted = input.CurrencyRef?.value ?? own;
	if (!preferences(company).CurrencyPrefs.MultiCurrencyEnabled && wanted !== company.homeCurrency) {
		throw new Refusal('6000', 'Business Validation Error: Multi-currency is not enabled for this company.', 'CurrencyRef');
	}
	if (wanted !== own) throw new Refusal('6000', `Business Validation Error: The currency of the transaction must be the customer's, ${own}.`, 'CurrencyRef');
	return { value: wanted };
}

const addDays = (day: string, days: number): string => new Date(Date.parse(day) + days * 86_400_000).toISOString().slice(0, 10);

function dueDate(company: Company, input: SalesInput, day: string): string {
	const term = find(company, 'Term', input.SalesTermRef?.value);
	return input.DueDate ?? addDays(day, Number(term?.DueDays ?? 0));
}

/** Everything of a document that follows from its writable fields. */
function evaluate(core: Core, company: Company, name: SalesName, input: SalesInput): Record<string, unknown> {
	if (!input.CustomerRef) throw new Refusal('2020', 'Required parameter CustomerRef is missing in the request', 'CustomerRef');
	const customerRef = resolveRef(company, 'Customer', input.CustomerRef, 'CustomerRef');
	const customer = find(company, 'Customer', input.CustomerRef.value) as Entity;
	const day = input.TxnDate ?? core.today();
	checkBooks(company, day);
	if (input.EmailStatus === 'NeedToSend' && !input.BillEmail) throw new Refusal('6000', 'Business Validation Error: An email address is needed to send.', 'BillEmail');
	const { lines, tax, total } = buildLines(company, input);
	return {
		CustomerRef: customerRef,
		SalesTermRef: resolveRef(company, 'Term', input.SalesTermRef, 'SalesTermRef'),
		ClassRef: resolveRef(company, 'Class', input.ClassRef, 'ClassRef'),
		DepartmentRef: resolveRef(company, 'Department', input.DepartmentRef, 'DepartmentRef'),
		CurrencyRef: currency(company, input, customer),
		TxnDate: day,
		...(name === 'Invoice' && { DueDate: dueDate(company, input, day) }),
		EmailStatus: input.EmailStatus ?? 'NotSet',
		PrintStatus: input.PrintStatus ?? 'NotSet',
		Line: lines,
		TxnTaxDetail: { TotalTax: tax },
		TotalAmt: total,
		...(name === 'Estimate' && { TxnStatus: input.TxnStatus ?? 'Pending' }),
	};
}

/** Throws Refusal. */
export function createSales(core: Core, company: Company, name: SalesName, input: SalesInput, options: WriteOptions): Entity {
	const fields = evaluate(core, company, name, input);
	const DocNumber = docNumber(company, name, input, options);
	const id = String(company.nextId++);
	const now = core.time();
	const total = fields.TotalAmt as number;
	const entity: Entity = {
		...input,
		...fields,
		DocNumber,
		Id: id,
		SyncToken: '0',
		domain: 'QBO',
		sparse: false,
		...(name === 'Invoice' && { Balance: total }),
		...(name === 'CreditMemo' && { Balance: total, RemainingCredit: total }),
		LinkedTxn: input.LinkedTxn ?? [],
		MetaData: { CreateTime: now, LastUpdatedTime: now },
	};
	company.entities[name].set(id, entity);
	changed(core, company, name, id, 'Create');
	return entity;
}

/** Sparse: only what is sent changes, the lines as a whole. Full: what is left out is cleared. Throws Refusal. */
export function updateSales(core: Core, company: Company, name: SalesName, input: SalesInput, options: WriteOptions): Entity {
	const entity = current(company, name, input);
	checkBooks(company, entity.TxnDate);
	const kept = input.sparse ? pick(entity, Object.keys(SALES_FIELDS)) : {};
	const merged = { ...kept, ...input, Id: entity.Id } as SalesInput;
	if (input.sparse && input.TxnTaxDetail === undefined) delete merged.TxnTaxDetail;
	const fields = evaluate(core, company, name, merged);
	const number = docNumber(company, name, { ...merged, DocNumber: merged.DocNumber ?? (entity.DocNumber as string | undefined) }, options);
	const paid = sum([entity.TotalAmt as number, -((entity.Balance as number | undefined) ?? 0)]);
	const next: Entity = {
		...merged,
		...fields,
		DocNumber: number,
		Id: entity.Id,
		SyncToken: String(Number(entity.SyncToken) + 1),
		domain: 'QBO',
		sparse: false,
		...(entity.Balance !== undefined && { Balance: Math.max(sum([fields.TotalAmt as number, -paid]), 0) }),
		LinkedTxn: input.LinkedTxn ?? entity.LinkedTxn,
		MetaData: { ...entity.MetaData, LastUpdatedTime: core.time() },
	};
	company.entities[name].set(entity.Id, next);
	changed(core, company, name, entity.Id, 'Update');
	return next;
}

const pick = (entity: Entity, keys: string[]) => Object.fromEntries(Object.entries(entity).filter(([key]) => keys.includes(key)));

/** Amounts become zero, the number stays. Throws Refusal. */
export function voidSales(core: Core, company: Company, name: SalesName, input: { Id?: string; SyncToken?: string }): Entity {
	const entity = current(company, name, input);
	if (name === 'Estimate') throw new Refusal('6000', 'Business Validation Error: An estimate cannot be voided.');
	checkBooks(company, entity.TxnDate);
	const lines = (entity.Line as Array<{ Amount?: number; SalesItemLineDetail?: object }>).map((line) => ({
		...line,
		Amount: 0,
		...(line.SalesItemLineDetail && { SalesItemLineDetail: { ...line.SalesItemLineDetail, Qty: 0 } }),
	}));
	Object.assign(entity, { Line: lines, TotalAmt: 0, Balance: 0, TxnTaxDetail: { TotalTax: 0 }, PrivateNote: 'Voided' });
	return touch(core, company, name, entity, 'Void');
}

/** A new token and time after a change, and the webhook. */
export function touch(core: Core, company: Company, name: SalesName | 'Customer' | 'Item', entity: Entity, operation: 'Update' | 'Void' | 'Emailed'): Entity {
	entity.SyncToken = String(Number(entity.SyncToken) + 1);
	entity.MetaData = { ...entity.MetaData, LastUpdatedTime: core.time() };
	changed(core, company, name, entity.Id, operation);
	return entity;
}

/** Throws Refusal. */
export function deleteSales(core: Core, company: Company, name: SalesName, input: { Id?: string; SyncToken?: string }): object {
	const { Id, TxnDate } = current(company, name, input);
	checkBooks(company, TxnDate);
	company.entities[name].delete(Id);
	company.deleted.push({ name, Id, at: core.now() });
	changed(core, company, name, Id, 'Delete');
	return { status: 'Deleted', domain: 'QBO', Id };
}

/** Mails a document to the address given or its own. Throws Refusal. */
export function sendSales(core: Core, company: Company, name: SalesName, id: string, sendTo: string | null): Entity {
	const entity = find(company, name, id);
	if (!entity) throw new Refusal('610', `Object Not Found : ${name} ${id}`, 'Id');
	const to = sendTo ?? (entity.BillEmail as { Address: string } | undefined)?.Address;
	if (!to) throw new Refusal('6000', 'Business Validation Error: An email address is needed to send.', 'BillEmail');
	Object.assign(entity, { EmailStatus: 'EmailSent', BillEmail: { Address: to } });
	company.emails.push({ id, to });
	return touch(core, company, name, entity, 'Emailed');
}
