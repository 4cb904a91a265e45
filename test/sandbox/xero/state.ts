import { Background } from '../kit/webhooks';
import type { StoredAnswer } from './idempotency';
import type { Connection, Grant, Token } from './tokens';
import type { Account, BrandingTheme, Contact, CreditNote, Invoice, Item, OrganisationDetails, Payment, Quote, TaxRate, TrackingCategory } from './types';
import type { Webhook, XeroEvent } from './webhooks';

/** One organisation: everything behind one tenant id. Maps keep the order of creation. */
export interface Organisation {
	tenantId: string;
	details: OrganisationDetails;
	currencies: Map<string, string>;
	contacts: Map<string, Contact>;
	accounts: Map<string, Account>;
	taxRates: Map<string, TaxRate>;
	trackingCategories: Map<string, TrackingCategory>;
	items: Map<string, Item>;
	brandingThemes: Map<string, BrandingTheme>;
	invoices: Map<string, Invoice>;
	creditNotes: Map<string, CreditNote>;
	quotes: Map<string, Quote>;
	payments: Map<string, Payment>;
	/** Document id → history notes, newest last. */
	history: Map<string, Array<{ Details: string; at: number }>>;
	/** Document id → files by name. */
	attachments: Map<string, Map<string, Attachment>>;
	/** Invoice ids mailed to their contacts, in order. */
	emails: string[];
	nextNumber: { invoice: number; creditNote: number; quote: number };
	/** Organisations of the smallest plan may approve only so many invoices a month; undefined = no cap. */
	approvalCap?: number;
}

export interface Attachment {
	AttachmentID: string;
	FileName: string;
	MimeType: string;
	IncludeOnline: boolean;
	content: Buffer;
}

export class State {
	organisations = new Map<string, Organisation>();
	connections = new Map<string, Connection>();
	tokens = new Map<string, Token>();
	/** Refresh token → what it stands for. */
	refreshTokens = new Map<string, Grant>();
	/** Authorization code → what it stands for. */
	codes = new Map<string, Grant & { redirectUri: string; challenge?: string }>();
	idempotency = new Map<string, StoredAnswer>();
	webhook: Webhook | undefined;
	events: XeroEvent[] = [];
	nextSequence = 1;
}

export interface RateLimits {
	/** Calls per minute of one organisation. */
	minute: number;
	/** Calls of one organisation at the same time. */
	concurrent: number;
	/** Calls per day of one organisation. */
	day: number;
	/** Calls per minute of the app over all organisations. */
	appMinute: number;
}

/** What Xero grants an app above the free tier, whose day has 1,000 calls (sheet §3). */
export const XERO_RATE_LIMITS: RateLimits = { minute: 60, concurrent: 5, day: 5000, appMinute: 10_000 };

export interface Settings {
	/** Apps made since 2 March 2026 own granular scopes only. */
	appScopes: 'granular' | 'broad';
	/** Enforced only when given; the headers that count down are always there. */
	rateLimits: RateLimits | undefined;
	/** How long a refresh token still works after it was used. */
	refreshGraceSeconds: number;
	/** How long a call is in progress. */
	processingMs: number;
	/** A change of status without lines gives every line a new id (a public complaint; sheet §6.5). */
	rebuildLineIds: boolean;
	/** Attempts and first pause (doubling) of a webhook delivery. Xero's own pauses are 15 minutes. */
	webhookAttempts: number;
	webhookBackoffMs: number;
	/** Changes are collected and sent together by `releaseEvents`. */
	holdEvents: boolean;
}

export const DEFAULT_SETTINGS: Settings = {
	appScopes: 'granular',
	rateLimits: undefined,
	refreshGraceSeconds: 1800,
	processingMs: 0,
	rebuildLineIds: false,
	webhookAttempts: 4,
	webhookBackoffMs: 200,
	holdEvents: false,
};

/** The app, its organisations and the clock they share. */
export class Core {
	state = new State();
	readonly settings: Settings;
	readonly background = new Background();
	/** Milliseconds the clock runs ahead. */
	ahead = 0;
	/** Calls in progress and recent calls by tenant id. */
	inProgress = new Map<string, number>();
	calls = new Map<string, number[]>();
	/** Advice of the sheet that a client does not follow, though the API would let it pass. */
	breaches: string[] = [];
	/** Where the sandbox listens: events carry URLs of its own. */
	url = '';

	constructor(settings: Partial<Settings>) {
		this.settings = { ...DEFAULT_SETTINGS, ...settings };
	}

	now(): number {
		return Date.now() + this.ahead;
	}
}
