import { Background } from '../kit/webhooks';
import type { Script } from './userEvents';

export const TRANSACTION_TYPES = ['invoice', 'salesOrder', 'estimate', 'creditMemo'] as const;
export type TransactionType = (typeof TRANSACTION_TYPES)[number];
export const RECORD_TYPES = [...TRANSACTION_TYPES, 'customer'] as const;
export type RecordType = (typeof RECORD_TYPES)[number];

/** Values of custom fields and references by field name; references hold the internal id. */
export type Values = Record<string, string | number | boolean | undefined>;

export interface Line {
	/** Key of the sublist. */
	line: number;
	itemId: string;
	quantity: number;
	rate?: number;
	amount: number;
	description?: string;
	values: Values;
}

interface StoredRecord {
	id: string;
	externalId?: string;
	values: Values;
	created: number;
	modified: number;
}

export interface Customer extends StoredRecord {
	type: 'customer';
}

export interface Transaction extends StoredRecord {
	type: TransactionType;
	tranId: string;
	customerId: string;
	subsidiaryId: string;
	currencyId: string;
	tranDate: string;
	postingPeriodId: string;
	/** 1 pending approval, 2 approved, 3 rejected; absent on invoices while approval routing is off. */
	approvalStatus?: '1' | '2' | '3';
	/** Status letter as SuiteQL shows it. */
	status: string;
	lines: Line[];
	total: number;
	amountPaid: number;
	createdFrom?: string;
}

/** Rows of the lists behind drop-downs, by internal id. */
export type ListRow = { id: string; name: string; externalId?: string; isInactive?: boolean } & Record<string, string | number | boolean | undefined>;

export interface Period {
	id: string;
	name: string;
	start: string;
	end: string;
	closed: boolean;
	arLocked: boolean;
}

export type ListName = 'item' | 'subsidiary' | 'department' | 'classification' | 'location' | 'currency' | 'term' | 'salestaxitem';

export class State {
	customers = new Map<string, Customer>();
	transactions = new Map<string, Transaction>();
	lists: Record<ListName, Map<string, ListRow>> = {
		item: new Map(),
		subsidiary: new Map(),
		department: new Map(),
		classification: new Map(),
		location: new Map(),
		currency: new Map(),
		term: new Map(),
		salestaxitem: new Map(),
	};
	periods: Period[] = [];
	/** Custom fields this account has, beside the standard ones. */
	customFields = new Set<string>();
	/** Accounting Preferences > Approval Routing > Invoices. */
	approvalRouting = true;
	/** Fields the form demands on each line, e.g. `location`. */
	mandatoryLineFields: string[] = [];
	/** Setup > Company > Enable Features > Multiple Currencies. Off: there is no list of currencies, and no record has one. */
	multipleCurrencies = true;
	/** Record types and lists the role may not use. */
	deniedTypes = new Set<string>();
	/** A workflow keeps the role from approving. */
	approvalBlocked = false;
	/** Certificate id → PEM of the public key. */
	certificates = new Map<string, string>();
	/** Access token → expiry in milliseconds. */
	tokens = new Map<string, number>();
	nonces = new Set<string>();
	scripts: Script[] = [];
	nextId = 90_000;
	nextNumber = 1000;
}

export interface Settings {
	/** Requests at the same time, over all integrations of the account. */
	concurrencyLimit: number;
	/** How long a request is in progress. */
	processingMs: number;
}

export class Core {
	state = new State();
	readonly settings: Settings;
	readonly background = new Background();
	/** Milliseconds the clock runs ahead. */
	ahead = 0;
	inProgress = 0;
	/** Advice of the documents that a client does not follow. */
	breaches: string[] = [];

	constructor(settings: Partial<Settings>) {
		this.settings = { concurrencyLimit: 5, processingMs: 0, ...settings };
	}

	now(): number {
		return Date.now() + this.ahead;
	}

	today(): string {
		return new Date(this.now()).toISOString().slice(0, 10);
	}
}
