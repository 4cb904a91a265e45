import { Background } from '../kit/webhooks';
import { emptyClassic, type ClassicState } from './classicState';
import type { Seed } from './seed';
import type {
	Address,
	Adjustment,
	Business,
	Customer,
	Item,
	Notification,
	NotificationLog,
	NotificationSetting,
	PaddleEvent,
	Price,
	Product,
	Subscription,
	Transaction,
} from './types';

/** Everything a Paddle account holds; maps keep the order of creation. */
export class State {
	customers = new Map<string, Customer>();
	addresses = new Map<string, Address>();
	businesses = new Map<string, Business>();
	products = new Map<string, Product>();
	prices = new Map<string, Price>();
	subscriptions = new Map<string, Subscription>();
	/** Subscription id → one-time charges that wait for the next billing. */
	waitingCharges = new Map<string, Item[]>();
	/** Subscription id → times of its immediate charges, in milliseconds. */
	immediateCharges = new Map<string, number[]>();
	transactions = new Map<string, Transaction>();
	adjustments = new Map<string, Adjustment>();
	notificationSettings = new Map<string, NotificationSetting>();
	notifications = new Map<string, Notification>();
	notificationLogs = new Map<string, NotificationLog[]>();
	events = new Map<string, PaddleEvent>();
	classic: ClassicState = emptyClassic();
	/** What `seed` made. */
	seeded: Seed | undefined;
}

/** How signed deliveries go wrong; all off by default. */
export interface DeliverySettings {
	/** Each event is sent this many times (default 1). */
	copies: number;
	/** Signs with a secret the receiver does not know. */
	wrongSecret: boolean;
	/** Sends no signature at all. */
	unsigned: boolean;
	/** Adds a second `h1`, as while a secret rotates: with the right one `first` or `last`. */
	rotating: 'off' | 'first' | 'last';
	/** Age of the signature's time stamp. */
	ageSeconds: number;
	/** Attempts and first pause (doubling). Paddle's sandbox: 3 within 15 minutes; live: 60 within 3 days. */
	attempts: number;
	backoffMs: number;
}

export interface Settings {
	/** Percent that Paddle adds as merchant of record. */
	taxRate: number;
	/** What `account_setting` means: on top, or included. */
	taxMode: 'external' | 'internal';
	/** Tax categories enabled for the account. */
	taxCategories: string[];
	defaultCurrency: string;
	/** Destinations on loopback addresses; real accounts refuse them, tests need them. */
	allowLocalUrls: boolean;
	/** How long a change takes, and keeps its subscription locked. */
	processingMs: number;
	/** Per IP address and minute; off unless set. Paddle: `PADDLE_RATE_LIMITS`. */
	rateLimits: { requests: number; previews: number } | undefined;
	limitedKeyPermissions: string[];
	delivery: DeliverySettings;
}

/** Requests and previews per minute and IP address. */
export const PADDLE_RATE_LIMITS = { requests: 240, previews: 1000 };

export const DEFAULT_SETTINGS: Settings = {
	taxRate: 0,
	taxMode: 'external',
	taxCategories: ['standard', 'saas'],
	defaultCurrency: 'USD',
	allowLocalUrls: true,
	processingMs: 5,
	rateLimits: undefined,
	limitedKeyPermissions: [
		'customer.read',
		'address.read',
		'business.read',
		'product.read',
		'price.read',
		'subscription.read',
		'transaction.read',
	],
	delivery: { copies: 1, wrongSecret: false, unsigned: false, rotating: 'off', ageSeconds: 0, attempts: 3, backoffMs: 100 },
};

/** One sandbox account: its entities, its clock and its settings. */
export class Core {
	state = new State();
	settings: Settings;
	/** Milliseconds the account's clock is ahead. */
	aheadMs = 0;
	/** Subscriptions that are being changed. */
	locks = new Set<string>();
	/** Deliveries wait here while held. */
	held: Array<() => void> | undefined;
	readonly background = new Background();
	private count = 0;
	private lastInvoiceNumber = 10_000;
	private lastStamp = 0;

	constructor(settings: Partial<Settings>) {
		this.settings = structuredClone({
			...DEFAULT_SETTINGS,
			...settings,
			delivery: { ...DEFAULT_SETTINGS.delivery, ...settings.delivery },
		});
	}

	nowMs(): number {
		return Date.now() + this.aheadMs;
	}

	/** RFC 3339 in milliseconds. */
	now(): string {
		return new Date(this.nowMs()).toISOString();
	}

	/** RFC 3339 in microseconds; never the same twice, so that events have an order. */
	stamp(): string {
		this.lastStamp = Math.max(this.lastStamp + 1, this.nowMs() * 1000);
		const micros = String(this.lastStamp % 1000).padStart(3, '0');
		return `${new Date(Math.floor(this.lastStamp / 1000)).toISOString().slice(0, -1)}${micros}Z`;
	}

	/** `ctm_01sbx00000000000000000012`: 26 characters after the prefix, sorted by creation. */
	newId(prefix: string): string {
		this.count += 1;
		return `${prefix}_01sbx${String(this.count).padStart(21, '0')}`;
	}

	newInvoiceNumber(): string {
		this.lastInvoiceNumber += 1;
		return `325-${this.lastInvoiceNumber}`;
	}

	/** `created_at` and the rest of what every new entity has. */
	fresh(prefix: string): { id: string; custom_data: null; created_at: string; updated_at: string; import_meta: null } {
		const now = this.now();
		return { id: this.newId(prefix), custom_data: null, created_at: now, updated_at: now, import_meta: null };
	}

	touch<T extends { updated_at: string }>(entity: T): T {
		entity.updated_at = this.now();
		return entity;
	}
}
