import { z } from 'zod';

/** What NetSuite's REST services answer with, as far as the pack reads it. */
const text = z.string().nullish().transform((value) => value ?? undefined);
const number = z.number().nullish().transform((value) => value ?? undefined);
const flag = z.enum(['T', 'F']).nullish().transform((value) => value === 'T');

/** A select field. */
export const refSchema = z.object({ id: z.union([z.string(), z.number()]).transform(String), refName: text }).passthrough();
const ref = refSchema.nullish().transform((value) => value ?? undefined);

export const errorSchema = z.object({
	'o:errorDetails': z.array(z.object({ detail: z.string().catch(''), 'o:errorCode': text, 'o:errorPath': text }).passthrough()),
});

export const oauthErrorSchema = z.object({ error: z.string(), error_description: z.string().optional() });

export const sqlPageSchema = z.object({ items: z.array(z.record(z.unknown())), hasMore: z.boolean().catch(false) });

/** SuiteQL gives every value as text and leaves nulls out. */
export const idRow = z.object({ id: z.string() });

export const documentRow = z.object({
	id: z.string(),
	recordtype: z.string(),
	externalid: z.string(),
	/** A letter, in some accounts with the type before it (`CustInvc:A`). */
	status: z.string().transform((value) => value.slice(-1)),
});

export const statusRow = documentRow.pick({ id: true, status: true });
export const periodRow = z.object({ id: z.string(), firstday: z.string(), lastday: z.string(), closed: flag, arlocked: flag, alllocked: flag });
export const currencyRow = z.object({ id: z.string(), symbol: z.string() });
export const listRow = z.object({ id: z.string(), name: z.string() });

/** A line as it stands; custom columns and segments pass through, to be compared with what we would write. */
export const lineSchema = z
	.object({ line: z.number(), item: ref, quantity: number, rate: number, amount: z.number().nullish().transform((value) => value ?? 0), description: text })
	.passthrough();

const itemsSchema = z.object({ items: z.array(lineSchema).nullish().transform((value) => value ?? []) }).nullish();

/** An invoice, sales order, credit memo or estimate, sublists expanded. */
export const documentSchema = z
	.object({
		id: z.string(),
		externalId: text,
		tranId: text,
		entity: ref,
		currency: ref,
		tranDate: text,
		startDate: text,
		endDate: text,
		memo: text,
		otherRefNum: text,
		postingPeriod: ref,
		approvalStatus: ref,
		orderStatus: ref,
		status: ref,
		amountPaid: number,
		createdDate: text,
		lastModifiedDate: text,
		item: itemsSchema,
	})
	.passthrough();

const addressSchema = z
	.object({ addr1: text, addr2: text, city: text, state: text, zip: text, country: z.union([refSchema, z.string()]).nullish() })
	.passthrough()
	.nullish();

export const customerSchema = z
	.object({
		id: z.string(),
		entityId: text,
		companyName: text,
		firstName: text,
		lastName: text,
		email: text,
		currency: ref,
		lastModifiedDate: text,
		addressBook: z
			.object({ items: z.array(z.object({ defaultBilling: z.boolean().nullish(), addressBookAddress: addressSchema }).passthrough()).nullish() })
			.passthrough()
			.nullish(),
	})
	.passthrough();

/** What the User Event script posts: ids only. */
export const scriptEventSchema = z.object({
	eventId: z.string().min(1),
	eventType: z.string().regex(/^[a-z]+\.[a-z]+$/),
	accountId: z.string(),
	recordType: z.string(),
	recordId: z.string().min(1),
	entityId: z.string().nullish(),
	occurredAt: z.string().datetime({ offset: true }),
});

export const changedRow = z.object({ id: z.string(), recordtype: z.string(), modified: z.string() });

export type NetSuiteDocument = z.output<typeof documentSchema>;
export type NetSuiteLine = z.output<typeof lineSchema>;
export type NetSuiteCustomer = z.output<typeof customerSchema>;
export type DocumentRow = z.output<typeof documentRow>;
export type PeriodRow = z.output<typeof periodRow>;
export type ScriptEvent = z.output<typeof scriptEventSchema>;
