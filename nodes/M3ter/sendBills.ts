import type { IExecuteFunctions, INodeExecutionData, JsonObject } from 'n8n-workflow';

import { readBillOptions, type BillOptions } from '../n8n/billProperties';
import { settled, toItems, type ItemOutcome } from '../n8n/errors';
import type { Bill } from '../shared/bill';
import { billToDraft } from '../shared/billToDraft';
import { Failure } from '../shared/failure';
import type { PreviewResult, SendResult } from '../shared/sendResult';
import { m3terApi, type M3terApi } from './api';
import type { BillJob, BillTarget, Remember } from './billTarget';
import { readAccounts, readBills } from './bills';
import { mappingsOf, tryUpsertMapping, upsertMapping, type MappingKey } from './mappings';
import { resendChanged } from './resendChanged';
import type { Account, ExternalMapping } from './schemas';

export type BillOperation = 'send' | 'preview' | 'getStatus';

/** Everything m3ter knows about the bills of one run, read in a few bulk requests. */
interface Known {
	bills: Map<string, Bill>;
	accounts: Map<string, Account>;
	customers: ExternalMapping[];
	ledger: ExternalMapping[];
}

/**
 * The bill operations of every "<System> for m3ter" node: reads bills, accounts and mappings in bulk, builds the drafts,
 * hands them to the target and writes the ledger. A bill that occurs twice in the input is handled once.
 */
export async function runBillOperation(
	context: IExecuteFunctions,
	openTarget: (context: IExecuteFunctions) => Promise<BillTarget>,
	operation: BillOperation,
): Promise<INodeExecutionData[]> {
	const opened = await settled(async () => await open(context, openTarget));
	if (opened instanceof Failure) return toItems(context, context.getInputData().map(() => opened));
	const { api, target, options, known } = opened;

	const firstIndex = new Map<string, number>();
	options.forEach(({ billId }, index) => firstIndex.set(billId, firstIndex.get(billId) ?? index));
	const prepared = await Promise.all(
		[...firstIndex.values()].map(async (index) => ({
			index,
			job: await settled(async () => prepareJob(index, options[index], known, target)),
		})),
	);
	const jobs = prepared.flatMap(({ job }) => (job instanceof Failure ? [] : [job]));
	const results =
		operation === 'send'
			? await sendNewest(api, target, jobs, options, known)
			: await perform(jobs, async () => (operation === 'preview' ? await target.preview(jobs) : await target.status(jobs)));
	if (operation === 'send') await writeLedger(api, target, jobs, results, options, known.ledger);

	const outcomes = new Map<number, SendResult | PreviewResult | Failure>(prepared.flatMap(({ index, job }) => (job instanceof Failure ? [[index, job]] : [])));
	jobs.forEach((job, position) => outcomes.set(job.itemIndex, results[position]));
	return toItems(
		context,
		options.map(({ billId }) => asOutcome(outcomes.get(firstIndex.get(billId) ?? -1))),
	);
}

function asOutcome(result: SendResult | PreviewResult | Failure | undefined): ItemOutcome {
	if (result === undefined) return new Failure('not-found', 'No outcome was recorded for this bill');
	return result instanceof Failure ? result : (result as unknown as JsonObject);
}

/** Sign-in and bulk reading: when they fail, every item fails in the same words. */
async function open(context: IExecuteFunctions, openTarget: (context: IExecuteFunctions) => Promise<BillTarget>) {
	const api = await m3terApi(context);
	const target = await openTarget(context);
	const options = context.getInputData().map((_item, index) => readBillOptions(context, index));
	return { api, target, options, known: await readKnown(api, target, options) };
}

async function readKnown(api: M3terApi, target: BillTarget, options: readonly BillOptions[]): Promise<Known> {
	const [{ mappingSystem, ledgerSystem }] = options;
	const ids = options.map(({ billId }) => billId).filter((id) => id !== '');
	const bills = await readBills(api, ids);
	const accountIds = [...bills.values()].map((bill) => bill.accountId);
	const byMapping = target.customerTable !== undefined && options.some(({ customer }) => customer.source === 'mapping');
	const [accounts, customers, ledger] = await Promise.all([
		readAccounts(api, accountIds),
		byMapping ? mappingsOf(api, accountIds, mappingSystem || target.system) : [],
		mappingsOf(api, [...bills.keys()], ledgerSystem),
	]);
	return { bills, accounts, customers, ledger };
}

function prepareJob(itemIndex: number, options: BillOptions, known: Known, target: BillTarget): BillJob {
	if (options.billId === '') {
		throw new Failure('invalid-input', "'Bill ID' is empty", { description: 'Map the id of an m3ter bill, e.g. {{ $json.id }} after the m3ter Bill Approved Trigger.' });
	}
	const bill = known.bills.get(options.billId);
	if (bill === undefined) throw new Failure('not-found', 'm3ter has no such bill', { description: `Bill ${options.billId} does not exist in this organization.` });
	const account = known.accounts.get(bill.accountId);
	if (account === undefined) throw new Failure('not-found', 'm3ter has no account for this bill', { description: `Bill ${bill.id}: account ${bill.accountId} was not found.` });
	refuseNamingChildren(bill, options);
	const decimals = target.decimals(bill.currency);
	const remembered = known.ledger.find((row) => row.m3terId === bill.id && row.externalTable === ledgerTable(target))?.externalId;
	const negativeLines = options.draft.negativeLines ?? target.negativeLines;
	return {
		itemIndex,
		bill,
		account,
		draft: billToDraft(bill, { ...options.draft, negativeLines, decimals, accountName: account.name }),
		customerId: customerOf(options, bill, account, known.customers, target),
		ledgerDocumentId: remembered === NO_DOCUMENT ? undefined : remembered,
		emptied: remembered === NO_DOCUMENT,
	};
}

/** A bill that had to be read in parts does not tell which child account a line is for: better no document than one that leaves it out. */
function refuseNamingChildren(bill: Bill, { draft: { grouping = 'none', lineDescription = '' } }: BillOptions): void {
	if (bill.childAccountsOmitted !== true || grouping !== 'none' || !lineDescription.includes('{childAccount}')) return;
	throw new Failure('invalid-input', 'The bill is too large to name child accounts', {
		description: `Bill ${bill.id} has more lines than m3ter can send in one answer, and its list of lines does not tell their child accounts. Take {childAccount} out of 'Line Description', or choose another way to 'Group Lines'.`,
	});
}

/** The ledger has one system name for all targets, so its table names the target too. */
const ledgerTable = (target: BillTarget) => `${target.system}${target.documentTable}`;

/** The ledger's entry for a bill whose document a send took away. Without it, the next one would think that somebody deleted it. */
const NO_DOCUMENT = 'none';

/** What the ledger has to say after a send; undefined when that is nothing new. */
function ledgerEntry({ draft, ledgerDocumentId }: BillJob, { action, document }: SendResult): string | undefined {
	if (document !== null) return document.id;
	const isWritten = action === 'created' || action === 'updated';
	// A run that took it away may have died before it came here.
	const isForgotten = action === 'skipped' && ledgerDocumentId !== undefined && draft.lines.length === 0;
	return isWritten || isForgotten ? NO_DOCUMENT : undefined;
}

function customerOf({ customer, mappingSystem }: BillOptions, bill: Bill, account: Account, mappings: ExternalMapping[], target: BillTarget): string {
	if (target.customerTable === undefined) return '';
	const who = `account ${account.code} (${account.name}), bill ${bill.id}`;
	if (customer.source === 'id') {
		if (customer.id !== '') return customer.id;
		throw new Failure('mapping-missing', `The ${target.system} customer ID is empty`, { description: `For ${who}: 'Customer ID' gave nothing.` });
	}
	if (customer.source === 'customField') {
		const value = account.customFields?.[customer.field];
		if (value !== undefined && String(value) !== '') return String(value);
		throw new Failure('mapping-missing', `The account has no ${target.system} customer`, { description: `The custom field '${customer.field}' is empty on ${who}.` });
	}
	const system = mappingSystem || target.system;
	const mapping = mappings.find((row) => row.m3terId === account.id && row.externalTable === target.customerTable);
	if (mapping !== undefined) return mapping.externalId;
	throw new Failure('mapping-missing', `The account has no ${target.system} customer`, {
		description: `No external mapping Account → ${system} ${target.customerTable} for ${who}. Create it (m3ter Account/Plan: External Mapping > Create or Update), or choose another 'Customer' source.`,
	});
}

async function perform<R extends SendResult>(jobs: readonly BillJob[], work: () => Promise<Array<R | Failure>>): Promise<Array<R | Failure>> {
	if (jobs.length === 0) return [];
	const results = await settled(work);
	const perJob = results instanceof Failure ? jobs.map(() => results) : results;
	return perJob.map((result, position) => (result instanceof Failure ? namingBill(result, jobs[position]) : result));
}

/** Sends the bills, and sends again what m3ter changed meanwhile. */
async function sendNewest(api: M3terApi, target: BillTarget, jobs: readonly BillJob[], options: readonly BillOptions[], known: Known) {
	const renew = ({ itemIndex }: BillJob, bill: Bill) => prepareJob(itemIndex, options[itemIndex], { ...known, bills: new Map([[bill.id, bill]]) }, target);
	const remember: Remember = async (job, documentId) => {
		const written = await upsertMapping(api, ledgerKey(target, job, options), documentId, known.ledger);
		known.ledger = [written, ...known.ledger.filter(({ id }) => id !== written.id)];
	};
	const send = async (some: readonly BillJob[]) => await perform(some, async () => await target.send(some, remember));
	return await resendChanged(api, jobs, await send(jobs), renew, send);
}

/** A provider's refusal speaks of its own objects; people look for the bill and the account. */
function namingBill(failure: Failure, { bill, account }: BillJob): Failure {
	if (failure.description?.includes(bill.id)) return failure;
	return new Failure(failure.kind, failure.message, {
		...failure,
		description: `Bill ${bill.id} of account ${account.code}: ${failure.description ?? failure.message}`,
		details: { ...failure.details, billId: bill.id, accountCode: account.code },
	});
}

const ledgerKey = (target: BillTarget, job: BillJob, options: readonly BillOptions[]): MappingKey => ({
	m3terEntity: 'Bill',
	m3terId: job.bill.id,
	externalSystem: options[job.itemIndex].ledgerSystem,
	externalTable: ledgerTable(target),
});

/** Remembers each bill's document in m3ter. The document carries the bill id as well, so a run that dies here heals by look-up. */
async function writeLedger(
	api: M3terApi,
	target: BillTarget,
	jobs: readonly BillJob[],
	results: ReadonlyArray<SendResult | Failure>,
	options: readonly BillOptions[],
	known: ExternalMapping[],
): Promise<void> {
	await Promise.all(
		jobs.map(async (job, position) => {
			const result = results[position];
			if (result instanceof Failure) return;
			const entry = ledgerEntry(job, result);
			if (entry === undefined) return;
			const warning = await tryUpsertMapping(api, ledgerKey(target, job, options), entry, known, target.withoutLedger);
			if (warning !== undefined) result.warnings.push(warning);
		}),
	);
}
