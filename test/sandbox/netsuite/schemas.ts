/** What writes accept. Fields the account does not have are refused, unless the caller asked to ignore them. */
import { z } from 'zod';

/** A select field: by internal id, external id or name. */
export const ref = z
	.object({ id: z.string().min(1), externalId: z.string().min(1), refName: z.string().min(1), links: z.unknown() })
	.partial()
	.strict()
	.refine(({ id, externalId, refName }) => id !== undefined || externalId !== undefined || refName !== undefined, 'needs id, externalId or refName');
export type Ref = z.output<typeof ref>;

const text = (max: number) => z.string().max(max).optional();
const day = z.string().date().optional();
const optionalRef = ref.optional();
const externalId = z.string().regex(/^[A-Za-z0-9_-]+$/, 'may have letters, digits, _ and - only').optional();

const line = z
	.object({
		line: z.number().int().positive().optional(),
		item: optionalRef,
		quantity: z.number().optional(),
		rate: z.number().optional(),
		amount: z.number().optional(),
		description: text(4000),
		price: optionalRef,
		units: optionalRef,
		taxCode: optionalRef,
		department: optionalRef,
		class: optionalRef,
		location: optionalRef,
		isTaxable: z.boolean().optional(),
	})
	.passthrough();
export type LineInput = z.output<typeof line>;

export const transaction = z
	.object({
		externalId,
		entity: optionalRef,
		subsidiary: optionalRef,
		currency: optionalRef,
		exchangeRate: z.number().positive().optional(),
		tranDate: day,
		dueDate: day,
		startDate: day,
		endDate: day,
		postingPeriod: optionalRef,
		terms: optionalRef,
		memo: text(999),
		tranId: text(45),
		otherRefNum: text(45),
		approvalStatus: z.object({ id: z.enum(['1', '2', '3']), refName: z.string().optional() }).strict().optional(),
		orderStatus: z.object({ id: z.enum(['A', 'B']), refName: z.string().optional() }).strict().optional(),
		toBeEmailed: z.boolean().optional(),
		email: z.string().email().optional(),
		department: optionalRef,
		class: optionalRef,
		location: optionalRef,
		account: optionalRef,
		item: z.object({ items: z.array(line) }).strict().optional(),
	})
	.passthrough();
export type TransactionInput = z.output<typeof transaction>;

export const customer = z
	.object({
		externalId,
		entityId: text(80),
		companyName: text(83),
		isPerson: z.boolean().optional(),
		firstName: text(32),
		lastName: text(32),
		email: z.string().email().optional(),
		phone: text(32),
		comments: text(4000),
		subsidiary: optionalRef,
		currency: optionalRef,
		terms: optionalRef,
		isInactive: z.boolean().optional(),
		addressBook: z.unknown().optional(),
	})
	.passthrough();
export type CustomerInput = z.output<typeof customer>;

export const TRANSACTION_FIELDS = Object.keys(transaction.shape);
export const CUSTOMER_FIELDS = Object.keys(customer.shape);
export const LINE_FIELDS = Object.keys(line.shape);

/** Fields of the header that are kept as they come. */
export const PLAIN_FIELDS = ['exchangeRate', 'dueDate', 'startDate', 'endDate', 'memo', 'otherRefNum', 'toBeEmailed', 'email'];
export const CUSTOMER_PLAIN_FIELDS = ['entityId', 'companyName', 'isPerson', 'firstName', 'lastName', 'email', 'phone', 'comments', 'isInactive'];
