import { Background } from '../kit/webhooks';
import type { StoredAnswer } from './idempotency';
import type {
	Addon,
	BasicAuth,
	ChargebeeEvent,
	CreditNote,
	Customer,
	EventSource,
	Invoice,
	Item,
	ItemFamily,
	ItemPrice,
	Plan,
	PromotionalCredit,
	ResponseSchema,
	Subscription,
	SubscriptionItem,
	UnbilledCharge,
	WebhookEndpoint,
} from './types';

/** A change of a subscription's items that waits for the end of the term. */
export interface ScheduledChange {
	at: number;
	items: SubscriptionItem[];
}

/** A charge that waits for the end of the term. */
export interface TermEndCharge {
	amount: number;
	description: string;
	date_from?: number;
	date_to?: number;
}

/** Everything a Chargebee site holds; maps keep the order of creation. */
export class State {
	customers = new Map<string, Customer>();
	itemFamilies = new Map<string, ItemFamily>();
	items = new Map<string, Item>();
	itemPrices = new Map<string, ItemPrice>();
	plans = new Map<string, Plan>();
	addons = new Map<string, Addon>();
	subscriptions = new Map<string, Subscription>();
	/** Subscription id → what waits for its term end. */
	scheduledChanges = new Map<string, ScheduledChange>();
	termEndCharges = new Map<string, TermEndCharge[]>();
	invoices = new Map<string, Invoice>();
	unbilledCharges = new Map<string, UnbilledCharge>();
	/** Unbilled charges that bear no tax. */
	untaxed = new Set<string>();
	creditNotes = new Map<string, CreditNote>();
	promotionalCredits = new Map<string, PromotionalCredit>();
	webhookEndpoints = new Map<string, WebhookEndpoint>();
	/** Webhook endpoint id → the credentials its deliveries carry. */
	basicAuth = new Map<string, BasicAuth>();
	events = new Map<string, ChargebeeEvent>();
	idempotency = new Map<string, StoredAnswer>();
}

/** How webhook deliveries go wrong; all off by default. */
export interface DeliverySettings {
	/** Each event is sent this many times (default 1). */
	copies: number;
	/** Sends credentials that the receiver does not expect. */
	wrongPassword: boolean;
	/** Sends no credentials at all. */
	noCredentials: boolean;
	/** Attempts and first pause (doubling). Chargebee's own: 8 attempts, pauses of 2 minutes to 2 days. */
	attempts: number;
	backoffMs: number;
}

/** Product catalog of the site; `compat` is 2.0 with the field names of 1.0 beside it. */
export type Catalog = 'v1' | 'v2' | 'compat';

export interface Settings {
	catalog: Catalog;
	/** Billing LogIQ → metered billing: without it there are no pending invoices. */
	meteredBilling: boolean;
	/** Amounts may have more decimals than the currency; without it every `..._in_decimal` parameter is refused. */
	multiDecimal: boolean;
	/** Percent on every taxable line; 0 = taxes are not configured. */
	taxRate: number;
	/** The first one is the base currency. */
	currencies: string[];
	/** Webhook URLs on loopback addresses may use any port. Real sites refuse them, tests need them. */
	allowLocalUrls: boolean;
	/** How long a POST takes, and keeps its customer locked. */
	processingMs: number;
	/** Requests per minute; off unless set. Test sites have 150 (`TEST_SITE_LIMIT`). */
	requestsPerMinute: number | undefined;
	/** Calls running at the same time; off unless set. */
	maxConcurrent: number | undefined;
	delivery: DeliverySettings;
}

/** Requests per minute of a test site. */
export const TEST_SITE_LIMIT = 150;

export const DEFAULT_SETTINGS: Settings = {
	catalog: 'v2',
	meteredBilling: true,
	multiDecimal: false,
	taxRate: 0,
	currencies: ['EUR', 'USD'],
	allowLocalUrls: true,
	processingMs: 5,
	requestsPerMinute: undefined,
	maxConcurrent: undefined,
	delivery: { copies: 1, wrongPassword: false, noCredentials: false, attempts: 8, backoffMs: 100 },
};

/** Who causes what happens next; events carry it. */
export interface Actor {
	source: EventSource;
	user?: string;
	/** `chargebee-event-webhook: all-disabled`. */
	muted?: boolean;
}

/** One site: its objects, its clock and its settings. */
export class Core {
	state = new State();
	settings: Settings;
	/** Seconds the site's clock is ahead. */
	ahead = 0;
	/** Customer id → when its lock ends, in milliseconds; Infinity while a call runs. */
	locks = new Map<string, number>();
	/** Deliveries wait here while held. */
	held: Array<() => void> | undefined;
	actor: Actor = { source: 'system' };
	readonly background = new Background();
	private count = 0;
	private lastVersion = 0;
	private lastInvoiceNumber = 1000;

	constructor(settings: Partial<Settings>) {
		this.settings = structuredClone({
			...DEFAULT_SETTINGS,
			...settings,
			delivery: { ...DEFAULT_SETTINGS.delivery, ...settings.delivery },
		});
	}

	/** UTC seconds of the site's clock. */
	now(): number {
		return Math.floor(this.nowMs() / 1000);
	}

	nowMs(): number {
		return Date.now() + this.ahead * 1000;
	}

	/** `ev_sbx000012`: unique and in order of creation. */
	newId(prefix: string): string {
		this.count += 1;
		return `${prefix}_sbx${String(this.count).padStart(6, '0')}`;
	}

	/** The number an invoice gets when it is no draft any more. */
	newInvoiceNumber(): string {
		this.lastInvoiceNumber += 1;
		return `INV-${this.lastInvoiceNumber}`;
	}

	/** Marks a change: `updated_at`, and a `resource_version` (milliseconds) larger than any before. */
	touch<T extends object>(object: T): T {
		this.lastVersion = Math.max(this.lastVersion + 1, this.nowMs());
		return Object.assign(object, { updated_at: this.now(), resource_version: this.lastVersion });
	}

	/** Runs `work` in the name of `actor`. */
	as<T>(actor: Actor, work: () => T): T {
		const before = this.actor;
		this.actor = actor;
		try {
			return work();
		} finally {
			this.actor = before;
		}
	}

	get baseCurrency(): string {
		return this.settings.currencies[0];
	}

	get schema(): ResponseSchema {
		return ({ v1: 'plans_addons', v2: 'items', compat: 'compat' } as const)[this.settings.catalog];
	}
}
