import type { Bill } from '../shared/bill';
import type { Failure } from '../shared/failure';
import type { InvoiceDraft } from '../shared/invoiceDraft';
import type { NegativeLines } from '../shared/linePolicies';
import type { PreviewResult, SendResult } from '../shared/sendResult';
import type { Account } from './schemas';

/** One bill, ready to become a document in another system. */
export interface BillJob {
	/** Index of the input item it came from: for parameters that may differ from item to item. */
	itemIndex: number;
	bill: Bill;
	account: Account;
	draft: InvoiceDraft;
	/** The other system's id of the customer; empty where the target needs none. */
	customerId: string;
	/** The document the ledger remembers for this bill. */
	ledgerDocumentId: string | undefined;
	/** The ledger remembers that the document was taken away by us, because the bill had come to nothing: none is missing. */
	emptied?: boolean;
}

/**
 * Writes a bill's ledger entry while the bill is being sent.
 * @throws Failure when m3ter does not take it.
 */
export type Remember = (job: BillJob, documentId: string) => Promise<void>;

/**
 * What a system must be able to do to receive bills. Everything before (reading, draft, customer) and after (ledger,
 * items, errors) is common to all. Each method answers per job, in the jobs' order; one bad bill fails alone.
 */
export interface BillTarget {
	/** Name in results and in m3ter's external mappings, e.g. "Stripe". */
	readonly system: string;
	/** The system's word for its customer record in external mappings, e.g. "Customer", "Contact"; undefined where a bill needs none. */
	readonly customerTable: string | undefined;
	/** The ledger's table for the kind of document this run makes, e.g. "Invoice". */
	readonly documentTable: string;
	/** What follows when m3ter does not take a ledger entry. Default: nothing, the document is found by the bill id it carries. */
	readonly withoutLedger?: string;
	/** What becomes of credits where the user chose nothing; for systems that take no negative lines. Default: `keep`. */
	readonly negativeLines?: NegativeLines;
	/**
	 * Decimal places an amount can have in this currency.
	 * @throws Failure `invalid-input` for a currency the system does not take.
	 */
	decimals(currency: string): number;
	/**
	 * Creates or corrects the document of each bill. The ledger is written afterwards.
	 * @param remember for systems where the ledger must know before
	 */
	send(jobs: readonly BillJob[], remember: Remember): Promise<Array<SendResult | Failure>>;
	/** What `send` would do; writes nothing. */
	preview(jobs: readonly BillJob[]): Promise<Array<PreviewResult | Failure>>;
	/** The document of each bill as it stands; `action` is `unchanged` when it equals the bill, `skipped` when there is none. */
	status(jobs: readonly BillJob[]): Promise<Array<SendResult | Failure>>;
}

const DAY_MS = 86_400_000;

/** No document of a bill can be older than the bill: where a look-up may start, with a day's margin for clocks. Epoch milliseconds. */
export const documentsSince = ({ bill }: BillJob): number | undefined => (bill.dtCreated ? Date.parse(bill.dtCreated) - DAY_MS : undefined);
