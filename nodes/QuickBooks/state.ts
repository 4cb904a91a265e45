import { documentsSince } from '../M3ter/billTarget';
import { chunk } from '../shared/batching';
import { Failure } from '../shared/failure';
import { listLiteral, literal, type DocumentType, type QuickBooksApi } from './api';
import type { Company } from './company';
import { isVoid, lockOf, type BillState, type Task } from './documentPlan';
import { numbersOf, originOf } from './note';
import { documentSchema, type QboDocument } from './schemas';

const TYPES: readonly DocumentType[] = ['Invoice', 'CreditMemo'];
/** Keeps the address of a query below the length that proxies cut at. */
const VALUES_PER_QUERY = 60;
/** Documents of one bill that are looked for by number. */
const MAX_GENERATION = 6;

/** What an earlier round of the same run knows. */
export interface Knowledge {
	/** A document that must be looked at: named by a refusal. */
	hint?: string;
	/** Made in this run: to be found again, once. */
	created?: { type: DocumentType; id: string; generation: number };
}

interface Seen {
	type: DocumentType;
	document: QboDocument;
}

/** Documents seen so far, each once. */
class Finds {
	readonly all = new Map<string, Seen>();

	add(type: DocumentType, documents: readonly QboDocument[]): void {
		for (const document of documents) this.all.set(`${type} ${document.Id}`, { type, document });
	}

	byId(id: string): Seen | undefined {
		return TYPES.flatMap((type) => this.all.get(`${type} ${id}`) ?? []).at(0);
	}

	ofBill(billId: string): Seen[] {
		return [...this.all.values()].filter(({ document }) => originOf(document.PrivateNote)?.billId === billId && !isVoid(document));
	}
}

/**
 * What QuickBooks holds for some bills, in a few queries for all of them: by the id the ledger remembers, else by the
 * bill's document number, or by customer where QuickBooks counts by itself.
 */
export async function readStates(api: QuickBooksApi, company: Company, tasks: readonly Task[], knowledge: ReadonlyMap<Task, Knowledge>): Promise<Map<Task, BillState | Failure>> {
	const finds = new Finds();
	const idOf = (task: Task) => (knowledge.get(task)?.created?.generation === 1 ? undefined : (knowledge.get(task)?.hint ?? task.job.ledgerDocumentId));
	for (const type of TYPES) {
		const ids = tasks.flatMap((task) => idOf(task) ?? []).filter((id) => finds.byId(id) === undefined);
		finds.add(type, await queryIn(api, type, 'Id', ids));
	}
	const unknown = tasks.filter((task) => finds.ofBill(task.job.bill.id).length === 0);
	await find(api, company, unknown, finds, knowledge);
	const several = tasks.filter((task) => (knowledge.get(task)?.created?.generation ?? 1) > 1 || mayHaveSeveral(task, finds, company));
	await findFollowing(api, company, several, finds);
	return new Map(tasks.map((task) => [task, stateOf(task, finds, knowledge.get(task) ?? {})]));
}

async function queryIn(api: QuickBooksApi, type: DocumentType, field: string, values: readonly string[]): Promise<QboDocument[]> {
	const parts = chunk([...new Set(values)], VALUES_PER_QUERY);
	return (await Promise.all(parts.map(async (part) => await api.query(type, documentSchema, `${field} in ${listLiteral(part)}`)))).flat();
}

const usesNumbers = ({ context }: Task, company: Company) => company.customNumbers && context.options.documentNumber !== 'quickBooks';

const numbers = ({ job, context }: Task, generation = 1) => numbersOf(job.draft, context.options.documentNumber, generation);

const madeAs = (known: Knowledge | undefined) => (known?.created?.generation === 1 ? known.created.type : undefined);

async function find(api: QuickBooksApi, company: Company, tasks: readonly Task[], finds: Finds, knowledge: ReadonlyMap<Task, Knowledge>): Promise<void> {
	await Promise.all(
		TYPES.map(async (type) => {
			// What was made a moment ago is of a known type.
			const asked = tasks.filter((task) => madeAs(knowledge.get(task)) === undefined || madeAs(knowledge.get(task)) === type);
			const byNumber = asked.filter((task) => usesNumbers(task, company));
			finds.add(type, await queryIn(api, type, 'DocNumber', byNumber.flatMap((task) => numbers(task))));
			finds.add(type, await byCustomer(api, type, asked.filter((task) => !usesNumbers(task, company))));
		}),
	);
}

/** All documents of some customers since the first of the bills came into being. */
async function byCustomer(api: QuickBooksApi, type: DocumentType, tasks: readonly Task[]): Promise<QboDocument[]> {
	if (tasks.length === 0) return [];
	const since = Math.min(...tasks.map(({ job }) => documentsSince(job) ?? 0));
	const customers = listLiteral(tasks.map(({ job }) => job.customerId));
	return await api.query(type, documentSchema, `CustomerRef in ${customers} and MetaData.CreateTime >= ${literal(new Date(since).toISOString())}`);
}

/** A void number, an earlier follower or a locked document that may have been followed: only then more numbers are asked for. */
function mayHaveSeveral({ job, context }: Task, finds: Finds, company: Company): boolean {
	const own = finds.ofBill(job.bill.id);
	const named = numbers({ job, context });
	const voided = [...finds.all.values()].some(({ document }) => isVoid(document) && (named.includes(document.DocNumber ?? '') || document.Id === job.ledgerDocumentId));
	const followers = own.some(({ document }) => (originOf(document.PrivateNote)?.generation ?? 1) > 1);
	const adjusting = context.options.whenLocked === 'adjust' && own.some((entry) => lockOf(entry, company) !== undefined || (entry.type === 'Invoice') !== !job.draft.total.startsWith('-'));
	return voided || followers || adjusting;
}

async function findFollowing(api: QuickBooksApi, company: Company, tasks: readonly Task[], finds: Finds): Promise<void> {
	const generations = Array.from({ length: MAX_GENERATION }, (_, index) => index + 1);
	const asked = tasks.filter((task) => usesNumbers(task, company)).flatMap((task) => generations.flatMap((generation) => numbers(task, generation)));
	const counted = tasks.filter((task) => !usesNumbers(task, company));
	await Promise.all(
		TYPES.map(async (type) => {
			finds.add(type, await queryIn(api, type, 'DocNumber', asked));
			finds.add(type, await byCustomer(api, type, counted));
		}),
	);
}

function stateOf(task: Task, finds: Finds, { created }: Knowledge): BillState | Failure {
	const { job } = task;
	const remembered = job.ledgerDocumentId === undefined ? undefined : finds.byId(job.ledgerDocumentId);
	const documents = finds.ofBill(job.bill.id).flatMap(({ type, document }) => {
		const origin = originOf(document.PrivateNote);
		return origin === undefined ? [] : [{ type, document, origin }];
	});
	if (remembered !== undefined && documents.length === 0 && !isVoid(remembered.document)) return notOurs(task, remembered);
	const named = new Set(Array.from({ length: MAX_GENERATION }, (_, index) => numbers(task, index + 1)).flat());
	const taken = [...finds.all.values()].filter(
		({ document }) => named.has(document.DocNumber ?? '') && !documents.some((entry) => entry.document === document),
	);
	const voided = taken.find(({ document }) => isVoid(document))?.document.Id;
	const gone = documents.length > 0 ? undefined : ((remembered?.document.Id ?? job.ledgerDocumentId) ?? voided);
	return { documents, taken, removedId: gone, vanishedId: documents.length === 0 ? created?.id : undefined };
}

const notOurs = ({ job }: Task, { type, document }: Seen) =>
	new Failure('conflict', 'The ledger points to a document of another bill', {
		description: `m3ter's external mapping of bill ${job.bill.id} names ${type} ${document.DocNumber ?? document.Id}, whose memo does not say "m3ter bill ${job.bill.id}". Put that text back into the memo, or correct or delete the mapping.`,
	});
