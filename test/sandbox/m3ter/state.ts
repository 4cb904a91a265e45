import type { z } from 'zod';

import type * as billBodies from './billschemas';
import type { FREQUENCIES, LINE_ITEM_TYPES } from './schemas';
import type * as bodies from './schemas';

/** What every stored object carries beside its own fields. */
export interface Audit {
	id: string;
	version: number;
	dtCreated: string;
	dtLastModified: string;
	createdBy: string;
	lastModifiedBy: string;
}

type Stored<Schema extends z.ZodTypeAny> = Omit<z.infer<Schema>, 'version'> & Audit;

export type Account = Stored<typeof bodies.account>;
export type Product = Stored<typeof bodies.product>;
export type PlanTemplate = Stored<typeof bodies.planTemplate>;
export type Plan = Stored<typeof bodies.plan> & { productId: string };
export type PlanGroup = Stored<typeof bodies.planGroup>;
export type PlanGroupLink = Stored<typeof bodies.planGroupLink>;
export type AccountPlan = Stored<typeof bodies.accountPlan> & { productId?: string };
export type Contract = Stored<typeof bodies.contract>;
export type Meter = Stored<typeof bodies.meter>;
export type Measurement = z.infer<typeof bodies.measurement>;
export type Notification = Stored<typeof bodies.notification>;
export type ScheduledEvent = Stored<typeof bodies.scheduledEvent>;
export type Webhook = Stored<typeof bodies.webhook> & { credentialsId: string };
export type IntegrationConfig = Omit<Stored<typeof bodies.integrationConfig>, 'credentials'> & {
	authorized: boolean;
	enabled: boolean;
	triggerType: 'EVENT';
};
export type ExternalMapping = Stored<typeof bodies.externalMapping>;
export type Currency = Stored<typeof billBodies.currency>;
export type Reason = Stored<typeof billBodies.reason>;
export type OrganizationConfig = Stored<typeof billBodies.organizationConfig>;
export type CustomFieldDefaults = Stored<typeof billBodies.customFieldDefaults>;
export type CreditLine = Stored<typeof billBodies.creditLine> & { billId: string };
export type DebitLine = Stored<typeof billBodies.debitLine> & { billId: string };
export type StatementJob = Stored<typeof billBodies.statementJob> & {
	statementJobStatus: 'PENDING' | 'RUNNING' | 'COMPLETE' | 'CANCELLED' | 'FAILED';
};
export type BillJob = Stored<typeof billBodies.billJob> & {
	type: 'CREATE' | 'RECALCULATE';
	status: 'PENDING' | 'INITIALIZING' | 'RUNNING' | 'COMPLETE' | 'CANCELLED';
	total: number;
	pending: number;
	billIds: string[];
};

/** A line as it stands inside a bill. `subtotal` is in the line's own currency, `convertedSubtotal` in the bill's. */
export interface BillLine {
	id: string;
	lineItemType: (typeof LINE_ITEM_TYPES)[number];
	description: string;
	quantity: number;
	units: number;
	unit: string;
	subtotal: number;
	currency: string;
	conversionRate: number;
	convertedSubtotal: number;
	averageUnitPrice: number;
	servicePeriodStartDate?: string;
	servicePeriodEndDate?: string;
	sequenceNumber?: number;
	productId?: string;
	productName?: string;
	productCode?: string;
	accountingProductId?: string;
	accountingProductName?: string;
	accountingProductCode?: string;
	planId?: string;
	planGroupId?: string;
	meterId?: string;
	aggregationId?: string;
	compoundAggregationId?: string;
	counterId?: string;
	chargeId?: string;
	pricingId?: string;
	commitmentId?: string;
	balanceId?: string;
	segment?: Record<string, string>;
	group?: Record<string, string>;
	contractId?: string;
	childAccountId?: string;
	childAccountCode?: string;
	reasonId?: string;
	referencedBillId?: string;
	referencedLineItemId?: string;
	usagePerPricingBand?: Array<Record<string, string | number>>;
	additional?: Record<string, unknown>;
}

export interface Bill extends Audit {
	accountId: string;
	accountCode: string;
	startDate: string;
	endDate: string;
	startDateTimeUTC: string;
	endDateTimeUTC: string;
	billDate: string;
	dueDate: string;
	externalInvoiceDate: string;
	billingFrequency: (typeof FREQUENCIES)[number];
	billFrequencyInterval: number;
	timezone: string;
	currency: string;
	locked: boolean;
	status: 'PENDING' | 'APPROVED';
	createdDate: string;
	lastCalculatedDate: string;
	billTotal: number;
	lineItems: BillLine[];
	jsonStatementGenerated: boolean;
	csvStatementGenerated: boolean;
	statementStale: boolean;
	currencyConversions?: Array<{ from: string; to: string; multiplier?: number }>;
	billJobId?: string;
	purchaseOrderNumber?: string;
	externalInvoiceReference?: string;
	sequentialInvoiceNumber?: string;
	dtApproved?: string;
	approvedBy?: string;
	dtLocked?: string;
	lockedBy?: string;
}

export interface EventRecord {
	id: string;
	eventName: string;
	eventTime: string;
	dtActioned: string | null;
	m3terEvent: { eventData: Record<string, unknown> };
	/** Rules that fired on it; not shown. */
	notificationIds: string[];
}

export interface IntegrationRun extends Audit {
	entityType: string;
	entityId: string;
	dtStarted: string;
	dtCompleted?: string;
	status: string;
	destination: string;
	destinationId: string;
	url: string;
	externalId: string;
	error?: string;
	/** Served by `/integrationruns/logs/{id}`; not shown. */
	payload: string;
}

export interface UploadJob {
	id: string;
	version: number;
	fileName: string;
	uploadDate: string;
	contentLength: number;
	contentType: string;
	status: 'notUploaded' | 'running' | 'failed' | 'succeeded';
	totalRows: number;
	processedRows: number;
	failedRows: number;
	urlExpiresAt: number;
	content?: string;
}

/** A measurement that counts, with what its codes meant when it came in. */
export type Ingested = Measurement & { accountId: string; meterId: string; receivedAt: number };

/** The sandbox's own price list: `unitPrice` in the plan's currency for each `per` of a meter's numeric field. */
export interface Price {
	planId: string;
	meterCode: string;
	field: string;
	unitPrice: string;
	per: number;
	unit: string;
	description: string;
}

export interface StoredFile {
	content: string;
	contentType: string;
	expiresAt: number;
}

export interface M3terState {
	accounts: Map<string, Account>;
	products: Map<string, Product>;
	planTemplates: Map<string, PlanTemplate>;
	plans: Map<string, Plan>;
	planGroups: Map<string, PlanGroup>;
	planGroupLinks: Map<string, PlanGroupLink>;
	accountPlans: Map<string, AccountPlan>;
	contracts: Map<string, Contract>;
	meters: Map<string, Meter>;
	prices: Price[];
	ingested: Ingested[];
	/** When a uid was last taken, in milliseconds. */
	uids: Map<string, number>;
	uploadJobs: Map<string, UploadJob>;
	files: Map<string, StoredFile>;
	events: Map<string, EventRecord>;
	scheduledEvents: Map<string, ScheduledEvent>;
	notifications: Map<string, Notification>;
	webhooks: Map<string, Webhook>;
	integrationConfigs: Map<string, IntegrationConfig>;
	integrationRuns: Map<string, IntegrationRun>;
	bills: Map<string, Bill>;
	billJobs: Map<string, BillJob>;
	creditLines: Map<string, CreditLine>;
	debitLines: Map<string, DebitLine>;
	statementJobs: Map<string, StatementJob>;
	currencies: Map<string, Currency>;
	creditReasons: Map<string, Reason>;
	debitReasons: Map<string, Reason>;
	externalMappings: Map<string, ExternalMapping>;
	/** Access token → expiry in milliseconds. */
	tokens: Map<string, number>;
	/** Error alerts, such as a bill that could not be calculated. */
	alerts: string[];
	organizationConfig: OrganizationConfig;
	customFields: CustomFieldDefaults;
	billConfig: Audit & { billLockDate?: string };
	nextInvoiceNumber: number;
	/** How far the sandbox's clock runs ahead of the real one, in milliseconds. */
	clockAheadMs: number;
}

/** A new, empty organization with the settings m3ter starts with. */
export function emptyState(audit: Audit): M3terState {
	const config = {
		timezone: 'UTC',
		yearEpoch: '2024-01-01',
		monthEpoch: '2024-01-01',
		weekEpoch: '2024-01-01',
		dayEpoch: '2024-01-01',
		currency: 'USD',
		daysBeforeBillDue: 30,
		currencyConversions: [],
	};
	return {
		accounts: new Map(),
		products: new Map(),
		planTemplates: new Map(),
		plans: new Map(),
		planGroups: new Map(),
		planGroupLinks: new Map(),
		accountPlans: new Map(),
		contracts: new Map(),
		meters: new Map(),
		prices: [],
		ingested: [],
		uids: new Map(),
		uploadJobs: new Map(),
		files: new Map(),
		events: new Map(),
		scheduledEvents: new Map(),
		notifications: new Map(),
		webhooks: new Map(),
		integrationConfigs: new Map(),
		integrationRuns: new Map(),
		bills: new Map(),
		billJobs: new Map(),
		creditLines: new Map(),
		debitLines: new Map(),
		statementJobs: new Map(),
		currencies: new Map(),
		creditReasons: new Map(),
		debitReasons: new Map(),
		externalMappings: new Map(),
		tokens: new Map(),
		alerts: [],
		organizationConfig: { ...audit, ...config },
		customFields: { ...audit },
		billConfig: { ...audit },
		nextInvoiceNumber: 0,
		clockAheadMs: 0,
	};
}
