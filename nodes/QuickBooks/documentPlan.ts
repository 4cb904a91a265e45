import type { BillJob } from '../M3ter/billTarget';
import { diffLines, hasChanges, sumByKey, totalOf, type LineDiff } from '../shared/diff';
import { Failure } from '../shared/failure';
import type { DocumentType, Write } from './api';
import { checkCurrency, type Company } from './company';
import { documentHeader, headerChanged, openDay } from './header';
import {
	desiredLines,
	existingLines,
	foreignLineBody,
	lineBody,
	nothingLine,
	subtotalOf,
	type LineContext,
	type QboDesiredLine,
	type QboExistingLine,
} from './lines';
import { noteWith, numbersOf, type Origin } from './note';
import type { QboDocument } from './schemas';

/** A bill and what its lines need. */
export interface Task {
	job: BillJob;
	context: LineContext;
}

/** A document that carries the bill's id in its memo. */
export interface BillDocument {
	type: DocumentType;
	document: QboDocument;
	origin: Origin;
}

/** What QuickBooks holds for a bill. */
export interface BillState {
	/** Void ones not included. */
	documents: BillDocument[];
	/** The document the ledger remembers, or one with the bill's number, was deleted or voided. */
	removedId?: string;
	/** Documents with one of the bill's numbers that are not the bill's own, void ones included. */
	taken: Array<{ type: DocumentType; document: QboDocument }>;
	/** What a create seemed to have made, and is not there. */
	vanishedId?: string;
}

export interface DocumentPlan {
	/** The document to work on; undefined when one must be made. */
	current?: BillDocument;
	type: DocumentType;
	diff: LineDiff<QboDesiredLine, QboExistingLine>;
	/** Hundredths, signed as on the bill: of the document when the plan is carried out, and of the bill's other documents. */
	subtotal: number;
	settled: number;
	/** The bill's other documents, which stay as they are. */
	settledDocuments: BillDocument[];
	writes: Write[];
}

export const signOf = (type: DocumentType): 1 | -1 => (type === 'CreditMemo' ? -1 : 1);

/** What a document comes to without tax, signed as on the bill; zero has no sign. */
export const signedSubtotal = ({ type, document }: Pick<BillDocument, 'type' | 'document'>): number => signOf(type) * subtotalOf(document.Line) + 0;

/** Why a document can no longer be rewritten: money was applied to it, or its date lies in closed books. */
export function lockOf({ document }: Pick<BillDocument, 'document'>, { booksClosedUntil }: Company): string | undefined {
	if (document.Balance !== undefined && document.Balance !== null && document.Balance !== document.TotalAmt) return document.Balance === 0 ? 'paid or applied' : 'partly paid';
	return booksClosedUntil !== undefined && (document.TxnDate ?? '') <= booksClosedUntil ? `in books closed until ${booksClosedUntil}` : undefined;
}

/**
 * The writes that make the bill's documents add up to the bill; none when they do.
 * An invoice cannot become negative nor a credit memo positive: then, as with locked documents, a further document
 * carries the difference.
 * @throws Failure `invalid-input` for a currency or a negative total that is refused, `conflict` when a number is taken or
 *   the document has another customer.
 */
export function planDocument(task: Task, state: BillState, company: Company): DocumentPlan {
	const { job, context } = task;
	checkCurrency(company, job.bill.id, job.draft.currency);
	const { kept, surplus } = withoutSurplus(state.documents, company);
	const wanted = desiredLines(job.draft, context);
	const total = totalOf(wanted);
	if (total < 0 && context.options.negativeTotal === 'refuse') throw negativeTotal(job);
	const current = kept.filter((entry) => lockOf(entry, company) === undefined).at(-1);
	const settledOf = (documents: BillDocument[]) => sumByKey(documents.flatMap((entry) => linesOf(entry, wanted, company)));
	let others = kept.filter((entry) => entry !== current);
	const remaining = total - totalOf(settledOf(others).values());
	const fits = current !== undefined && (remaining === 0 || current.type === typeFor(remaining));
	if (!fits) others = kept;
	const settled = settledOf(others);
	const lines = desiredLines(job.draft, context, settled);
	const base = { type: fits ? current.type : typeFor(totalOf(lines)), settled: totalOf(settled.values()), settledDocuments: others };
	const diff = diffLines(lines, fits ? linesOf(current, lines, company) : []);
	const plan = { ...base, diff, current: fits ? current : undefined, subtotal: totalOf(lines) + totalOf(diff.foreign) };
	return { ...plan, writes: [...surplus.map(deletion), ...writesOf(task, state, plan, lines, company)] };
}

const typeFor = (amount: number): DocumentType => (amount < 0 ? 'CreditMemo' : 'Invoice');

const linesOf = ({ type, document, origin }: BillDocument, wanted: readonly QboDesiredLine[], company: Company) =>
	existingLines(document.Line, wanted, origin.lines, signOf(type), company);

/** Two executions at once can have made the same document twice: the locked one stays, else the oldest. In order of generation. */
function withoutSurplus(documents: readonly BillDocument[], company: Company): { kept: BillDocument[]; surplus: BillDocument[] } {
	const isLocked = (entry: BillDocument) => lockOf(entry, company) !== undefined;
	const order = (a: BillDocument, b: BillDocument) =>
		a.origin.generation - b.origin.generation || Number(isLocked(b)) - Number(isLocked(a)) || Number(a.document.Id) - Number(b.document.Id);
	const sorted = [...documents].sort(order);
	const first = (entry: BillDocument) => sorted.find(({ origin }) => origin.generation === entry.origin.generation) === entry;
	return { kept: sorted.filter((entry) => first(entry) || isLocked(entry)), surplus: sorted.filter((entry) => !first(entry) && !isLocked(entry)) };
}

const deletion = ({ type, document }: BillDocument): Write => ({ entity: type, operation: 'delete', body: { Id: document.Id, SyncToken: document.SyncToken } });

function writesOf(task: Task, state: BillState, plan: Omit<DocumentPlan, 'writes'>, lines: readonly QboDesiredLine[], company: Company): Write[] {
	const { current, type, diff } = plan;
	if (current === undefined) return lines.length === 0 ? [] : [creation(task, state, plan, lines, company)];
	checkSameParty(task.job, current, company);
	const { document, origin } = current;
	const header = {
		...documentHeader(task, type, company, origin.generation > 1 ? document.TxnDate : undefined),
		...betterNumber(task, current, state, company),
		PrivateNote: noteWith({ ...origin, lines: lines.length }, document.PrivateNote),
	};
	const changes = hasChanges(diff);
	if (!changes && !headerChanged(header, document)) return [];
	const body = { ...header, Id: document.Id, SyncToken: document.SyncToken, sparse: true, ...(changes ? linesBody(lines, diff.foreign, type, company) : {}) };
	return [{ entity: type, operation: 'update', body }];
}

function creation({ job, context }: Task, state: BillState, plan: Omit<DocumentPlan, 'writes'>, lines: readonly QboDesiredLine[], company: Company): Write {
	const { type, settledDocuments } = plan;
	const generation = nextGeneration(job, context, state, settledDocuments);
	const origin: Origin = { billId: job.bill.id, generation, lines: lines.length };
	const { options } = context;
	const email = job.account.emailAddress;
	return {
		entity: type,
		operation: 'create',
		state: [state.removedId, state.vanishedId, ...settledDocuments.map(({ document }) => document.Id)].join(' '),
		body: {
			...documentHeader({ job, context }, type, company, settledDocuments.length > 0 ? openDay(job.draft.issueDate, company) : undefined),
			...numberOf(job, context, type, generation, company),
			CurrencyRef: company.multiCurrency ? { value: job.draft.currency.toUpperCase() } : undefined,
			PrivateNote: noteWith(origin),
			...(options.queueEmail && email !== undefined ? { BillEmail: { Address: email }, EmailStatus: 'NeedToSend' } : {}),
			...linesBody(lines, [], type, company),
		},
	};
}

/** Outside the United States a tax code is an id, and QuickBooks must be told that m3ter's amounts carry no tax. */
function linesBody(lines: readonly QboDesiredLine[], foreign: readonly QboExistingLine[], type: DocumentType, company: Company): object {
	const taxed = lines.some(({ target: { taxCode } }) => taxCode !== undefined && taxCode !== 'TAX' && taxCode !== 'NON');
	const all = [...lines.map((line) => lineBody(line, signOf(type), company)), ...foreign.map(foreignLineBody)];
	return { ...(taxed ? { GlobalTaxCalculation: 'TaxExcluded' } : {}), Line: all.length === 0 ? [nothingLine()] : all };
}

const modeOf = (context: LineContext, company: Company) => (company.customNumbers ? context.options.documentNumber : 'quickBooks');

/** QuickBooks counts by itself; where a company allows numbers of one's own, it has to be asked to. */
function numberOf(job: BillJob, context: LineContext, type: DocumentType, generation: number, company: Company): { DocNumber?: string } {
	const [number] = numbersOf(job.draft, modeOf(context, company), generation);
	if (number !== undefined) return { DocNumber: number };
	return company.customNumbers && type === 'Invoice' ? { DocNumber: 'AUTO_GENERATE' } : {};
}

/** m3ter gives a bill its number late: a document that has a short one gets the real one then. */
function betterNumber({ job, context }: Task, { document, origin }: BillDocument, { taken }: BillState, company: Company): { DocNumber?: string } {
	const [number, short] = numbersOf(job.draft, modeOf(context, company), origin.generation);
	const better = short !== undefined && document.DocNumber === short && !taken.some((entry) => entry.document.DocNumber === number);
	return better ? { DocNumber: number } : {};
}

/** Void documents keep their numbers, so what follows them has the next one. @throws Failure `conflict` for somebody else's document. */
function nextGeneration(job: BillJob, { options }: LineContext, { taken }: BillState, settled: readonly BillDocument[]): number {
	let generation = Math.max(0, ...settled.map(({ origin }) => origin.generation)) + 1;
	for (;;) {
		const [number] = numbersOf(job.draft, options.documentNumber, generation);
		const holder = number === undefined ? undefined : taken.find(({ document }) => document.DocNumber === number);
		if (holder === undefined) return generation;
		if (!isVoid(holder.document)) throw numberTaken(job, number, `${holder.type} ${holder.document.Id}`);
		generation++;
	}
}

/** QuickBooks writes "Voided" into the memo and takes all amounts to zero. */
export const isVoid = ({ PrivateNote, TotalAmt }: QboDocument): boolean => TotalAmt === 0 && /^voided/i.test(PrivateNote ?? '');

export const numberTaken = ({ bill }: BillJob, number: string, holder: string) =>
	new Failure('conflict', 'The document number is taken in QuickBooks', {
		description: `Bill ${bill.id} would get number ${number}, which ${holder} has. That document was not made for this bill and is left alone: change its number, or choose another 'Document Number' in the options.`,
	});

const negativeTotal = ({ bill, draft, account }: BillJob) =>
	new Failure('invalid-input', 'The bill total is negative', {
		description: `Bill ${bill.id} of account ${account.code} comes to ${draft.total} ${draft.currency}. Set the option 'Negative Total' to 'Create Credit Memo' to send it.`,
	});

function checkSameParty(job: BillJob, { type, document }: BillDocument, { multiCurrency }: Company): void {
	const sameCustomer = document.CustomerRef?.value === job.customerId;
	const currency = document.CurrencyRef?.value ?? job.draft.currency;
	const sameCurrency = !multiCurrency || currency.toUpperCase() === job.draft.currency.toUpperCase();
	if (sameCustomer && sameCurrency) return;
	throw new Failure('conflict', `The QuickBooks document of this bill has another ${sameCustomer ? 'currency' : 'customer'}`, {
		description: `Bill ${job.bill.id} is for customer ${job.customerId} in ${job.draft.currency}; ${type} ${document.DocNumber ?? document.Id} is for ${document.CustomerRef?.value} in ${currency}. If customers were merged in QuickBooks, correct m3ter's external mapping. Otherwise delete or void the document, set 'When Deleted or Void' to 'Create Again', and send the bill again.`,
	});
}
