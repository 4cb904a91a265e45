import type { StoredAnswer } from './idempotency';
import type { Invoice, InvoiceItem, Line, LineTax } from './invoiceTypes';
import type { Access, Resource } from './keys';
import type {
	CheckoutLineItem,
	CheckoutSession,
	Customer,
	Price,
	Product,
	StripeEvent,
	Subscription,
	SubscriptionItem,
	TaxRate,
	WebhookEndpoint,
} from './types';
import { Background } from '../kit/webhooks';

/** The API version the sandbox speaks, whatever version a request names. */
export const API_VERSION = '2026-10-28.endive';

/** What a discount takes off. */
export interface Coupon {
	id: string;
	percentOff: number;
}

export interface SecretPair {
	current: string;
	/** Still signs, too, until the roll is over. */
	previous?: { secret: string; until: number };
}

/** Everything a Stripe account holds; maps keep the order of creation. */
export class State {
	customers = new Map<string, Customer>();
	/** Ids of deleted customers: they answer `{id, deleted: true}`. */
	deletedCustomers = new Set<string>();
	products = new Map<string, Product>();
	prices = new Map<string, Price>();
	taxRates = new Map<string, TaxRate>();
	coupons = new Map<string, Coupon>();
	/** Discount id → coupon. */
	discounts = new Map<string, Coupon>();
	subscriptions = new Map<string, Subscription>();
	subscriptionItems = new Map<string, SubscriptionItem>();
	sessions = new Map<string, CheckoutSession>();
	sessionLines = new Map<string, CheckoutLineItem[]>();
	invoices = new Map<string, Invoice>();
	lines = new Map<string, Line>();
	/** Id of a line or an invoice item → how it is taxed. */
	taxes = new Map<string, LineTax>();
	invoiceItems = new Map<string, InvoiceItem>();
	webhookEndpoints = new Map<string, WebhookEndpoint>();
	/** Webhook endpoint id → signing secrets. */
	secrets = new Map<string, SecretPair>();
	events = new Map<string, StripeEvent>();
	/** Event id → endpoint ids that took it, or did not. */
	deliveries = new Map<string, Array<{ endpoint: string; delivered: boolean; attempts: number }>>();
	idempotency = new Map<string, StoredAnswer>();
	/** Object id → its versions, for the lagging search index. */
	searchIndex = new Map<string, Array<{ at: number; object: object }>>();
}

/** How signed deliveries go wrong; all off by default. */
export interface DeliverySettings {
	/** Each event is sent this many times (default 1). */
	copies: number;
	/** Signs with a secret the receiver does not know. */
	wrongSecret: boolean;
	/** Age of the signature's time stamp. */
	ageSeconds: number;
	/** Pretends the event came from live mode. */
	livemode: boolean;
	/** Attempts and first pause (doubling) per delivery. Stripe's own pauses are hours. */
	attempts: number;
	backoffMs: number;
}

export interface RateLimits {
	/** Requests per second of the whole account. */
	account: number;
	/** Requests per second of one endpoint. */
	endpoint: number;
	/** Search requests per second. */
	search: number;
}

/** What Stripe's sandbox mode grants (sheet §7). */
export const STRIPE_RATE_LIMITS: RateLimits = { account: 25, endpoint: 25, search: 20 };

export interface Settings {
	/** Webhook endpoints on localhost and plain http are refused unless this is on, as it has to be in tests. */
	allowLocalUrls: boolean;
	/** How long a change takes to show up in search results. */
	searchLagMs: number;
	/** How long a POST is in progress; a second one with the same idempotency key meets 409 meanwhile. */
	processingMs: number;
	/** Off unless set. */
	rateLimits: RateLimits | undefined;
	restrictedKeyPermissions: Partial<Record<Resource, Access>>;
	defaultCurrency: string;
	delivery: DeliverySettings;
}

export const DEFAULT_SETTINGS: Settings = {
	allowLocalUrls: true,
	searchLagMs: 60_000,
	processingMs: 0,
	rateLimits: undefined,
	restrictedKeyPermissions: {
		customers: 'write',
		products: 'read',
		prices: 'read',
		subscriptions: 'read',
		checkout_sessions: 'read',
		invoices: 'write',
		webhook_endpoints: 'write',
		events: 'read',
	},
	defaultCurrency: 'usd',
	delivery: { copies: 1, wrongSecret: false, ageSeconds: 0, livemode: false, attempts: 5, backoffMs: 200 },
};

/** A request that is going to break inside Stripe: `before` or `after` its work is done. */
export interface PlannedFailure {
	kind: 'api_error' | 'lock_timeout';
	method?: string;
	path?: string;
	/** The work is done although the answer is an error (default false). Only for `api_error`. */
	applied?: boolean;
}

/** One sandbox account: its objects, its clock and its settings. */
export class Core {
	state = new State();
	settings: Settings;
	/** Seconds the account's clock is ahead. */
	ahead = 0;
	plannedFailures: PlannedFailure[] = [];
	/** Deliveries wait here while held; see `holdDeliveries`. */
	held: Array<() => Promise<void>> | undefined;
	/** The request being answered: events carry its id and key. */
	request: { id: string; idempotency_key: string | null } | null = null;
	readonly background = new Background();
	private count = 0;

	constructor(settings: Partial<Settings>) {
		this.settings = structuredClone({ ...DEFAULT_SETTINGS, ...settings });
	}

	/** Epoch seconds of the account's clock. */
	now(): number {
		return Math.floor(this.nowMs() / 1000);
	}

	nowMs(): number {
		return Date.now() + this.ahead * 1000;
	}

	/** `in_sbx000012`: unique and in order of creation. */
	newId(prefix: string): string {
		this.count += 1;
		return `${prefix}_sbx${String(this.count).padStart(6, '0')}`;
	}
}
