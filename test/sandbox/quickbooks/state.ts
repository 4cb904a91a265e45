import { Background } from '../kit/webhooks';
import type { SandboxResponse } from '../kit/http';
import type { Grant } from './tokens';
import type { Change, Webhook } from './webhooks';

export interface MetaData {
	CreateTime: string;
	LastUpdatedTime: string;
}

/** Any object of a company, as it is shown. */
export interface Entity {
	Id: string;
	SyncToken: string;
	MetaData: MetaData;
	[field: string]: unknown;
}

export const NAME_ENTITIES = ['Customer', 'Item', 'Class', 'Department', 'Term', 'TaxCode', 'Account', 'PaymentMethod', 'CompanyCurrency'] as const;
export const SALES_ENTITIES = ['Invoice', 'CreditMemo', 'Estimate'] as const;
export const ENTITIES = [...NAME_ENTITIES, ...SALES_ENTITIES, 'Payment', 'Preferences', 'CompanyInfo'] as const;
export type EntityName = (typeof ENTITIES)[number];
export type SalesName = (typeof SALES_ENTITIES)[number];

/** One company. */
export interface Company {
	realmId: string;
	/** US companies compute sales tax themselves; all others want a tax code on every line. */
	country: 'US' | 'GB';
	homeCurrency: string;
	entities: Record<EntityName, Map<string, Entity>>;
	/** Stubs of deleted objects for change data capture. */
	deleted: Array<{ name: EntityName; Id: string; at: number }>;
	/** Per cent by tax code id. */
	taxRates: Record<string, number>;
	/** The setting "warn if duplicate transaction numbers are used". */
	warnDuplicates: boolean;
	nextId: number;
	nextDocNumber: number;
	/** Made earlier in the batch that is running; not visible to its other items. */
	hidden: Set<string>;
	/** Mailed documents by id. */
	emails: Array<{ id: string; to: string }>;
}

export class State {
	companies = new Map<string, Company>();
	/** Access token → what it opens. */
	tokens = new Map<string, Grant>();
	refreshTokens = new Map<string, Grant>();
	codes = new Map<string, Grant & { redirectUri: string }>();
	/** `realm requestid` → the first answer. */
	requestIds = new Map<string, SandboxResponse>();
	webhook: Webhook | undefined;
}

export interface RateLimits {
	/** Requests per minute of one company. */
	minute: number;
	/** Requests per second of one company and app. */
	second: number;
	/** Batches per minute of one company and app. */
	batchMinute: number;
}

/** Sheet §4.8. */
export const QUICKBOOKS_RATE_LIMITS: RateLimits = { minute: 500, second: 10, batchMinute: 40 };

export interface Settings {
	/** Enforced only when given. */
	rateLimits: RateLimits | undefined;
	/** The company people pick on the consent screen. */
	consentRealmId: string | undefined;
	/** Attempts and first pause (doubling) of a delivery; Intuit's own pauses are 10 s and more. */
	webhookAttempts: number;
	webhookBackoffMs: number;
	/** Changes are collected and sent together by `releaseEvents`. */
	holdEvents: boolean;
}

export const DEFAULT_SETTINGS: Settings = {
	rateLimits: undefined,
	consentRealmId: undefined,
	webhookAttempts: 4,
	webhookBackoffMs: 200,
	holdEvents: false,
};

export class Core {
	state = new State();
	readonly settings: Settings;
	readonly background = new Background();
	/** Milliseconds the clock runs ahead. */
	ahead = 0;
	/** Times of recent requests by what is counted. */
	calls = new Map<string, number[]>();
	/** Advice a client does not follow, though the API would let it pass. */
	breaches: string[] = [];
	held: Change[] = [];

	constructor(settings: Partial<Settings>) {
		this.settings = { ...DEFAULT_SETTINGS, ...settings };
	}

	now(): number {
		return Date.now() + this.ahead;
	}

	/** Times carry the Pacific offset. */
	time(ms = this.now()): string {
		return new Date(ms - 7 * 3600_000).toISOString().replace(/\.\d+Z$/, '-07:00');
	}

	today(): string {
		return this.time().slice(0, 10);
	}
}

/** An object other requests may see. */
export function find(company: Company, name: EntityName, id: string | undefined): Entity | undefined {
	return id === undefined || company.hidden.has(`${name}/${id}`) ? undefined : company.entities[name].get(id);
}

/** All objects other requests may see. */
export const visible = (company: Company, name: EntityName): Entity[] =>
	[...company.entities[name].values()].filter(({ Id }) => !company.hidden.has(`${name}/${Id}`));
