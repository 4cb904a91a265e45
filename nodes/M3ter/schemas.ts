import { z } from 'zod';

/** What m3ter answers with, as far as the pack reads it; unknown fields pass through so that an update keeps them. */
const text = z.string().nullish().transform((value) => value ?? undefined);

export const pageSchema = z.object({ data: z.array(z.unknown()).default([]), nextToken: z.string().nullish() });

/** The Ingest API's only good answer. */
export const acceptedSchema = z.object({ result: z.literal('accepted') });

export const versionedSchema = z.object({ id: z.string(), version: z.number() }).passthrough();

export const accountSchema = z
	.object({
		id: z.string(),
		version: z.number().optional(),
		name: z.string(),
		code: z.string(),
		emailAddress: text,
		currency: text,
		purchaseOrderNumber: text,
		parentAccountId: text,
		address: z.record(z.unknown()).nullish(),
		customFields: z.record(z.union([z.string(), z.number()])).nullish(),
	})
	.passthrough();

export const accountPlanSchema = z
	.object({
		id: z.string(),
		version: z.number(),
		accountId: z.string(),
		planId: text,
		planGroupId: text,
		productId: text,
		code: text,
		/** Date-times; the end is exclusive. */
		startDate: z.string(),
		endDate: text,
		contractId: text,
	})
	.passthrough();

export const planSchema = z
	.object({ id: z.string(), name: z.string(), code: z.string(), productId: text, planTemplateId: text, accountId: text })
	.passthrough();

export const planGroupSchema = z.object({ id: z.string(), name: z.string(), code: text }).passthrough();

/** Any entity that is only passed on. */
export const entitySchema = z.object({ id: z.string() }).passthrough();

/** HTTP 200 can hide that some entities were not ended. */
export const endDatedSchema = z.object({
	statusMessage: text,
	updatedEntities: z.record(z.array(z.string())).nullish(),
	failedEntities: z.record(z.array(z.string())).nullish(),
});

export const productSchema = z.object({ id: z.string(), name: z.string(), code: z.string() }).passthrough();

export const meterSchema = z
	.object({
		id: z.string(),
		name: z.string(),
		code: z.string(),
		productId: text,
		dataFields: z
			.array(z.object({ category: z.string(), code: z.string(), name: z.string().nullish(), unit: z.string().nullish() }).passthrough())
			.nullish()
			.transform((value) => value ?? []),
	})
	.passthrough();

export const externalMappingSchema = z
	.object({
		id: z.string(),
		version: z.number(),
		m3terEntity: z.string(),
		m3terId: z.string(),
		externalSystem: z.string(),
		externalTable: z.string(),
		externalId: z.string(),
		integrationConfigId: text,
		dtLastModified: text,
	})
	.passthrough();

export type Versioned = z.output<typeof versionedSchema>;
export type Account = z.output<typeof accountSchema>;
export type AccountPlan = z.output<typeof accountPlanSchema>;
export type Plan = z.output<typeof planSchema>;
export type Product = z.output<typeof productSchema>;
export type Meter = z.output<typeof meterSchema>;
export type ExternalMapping = z.output<typeof externalMappingSchema>;
