/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- test code, never shipped */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';

import type { InvoiceDraft } from '../../nodes/shared/invoiceDraft';
import { sendResult } from '../../nodes/shared/sendResult';
import { addressSchema, customerSchema, subscriptionEventSchema, subscriptionItemSchema, subscriptionSchema } from '../../nodes/shared/subscriptionEvent';

/** What the editor shows as the output of a system's node before it ever ran says the same as the code. */

interface JsonSchema {
	properties?: Record<string, JsonSchema>;
	items?: JsonSchema;
}

const shipped = (name: string): JsonSchema => JSON.parse(readFileSync(path.join(__dirname, `../../nodes/shared/outputSchemas/${name}.json`), 'utf8')) as JsonSchema;

/** The property at a path; `[]` is an element of a list. */
const at = (schema: JsonSchema, ...steps: string[]): string[] => Object.keys(steps.reduce<JsonSchema | undefined>((inner, step) => (step === '[]' ? inner?.items : inner?.properties?.[step]), schema)?.properties ?? {});

const keys = (schema: z.ZodObject<z.ZodRawShape>): string[] => Object.keys(schema.shape);

test('of a sale', () => {
	const event = shipped('subscriptionEvent');
	expect(at(event)).toEqual(keys(subscriptionEventSchema));
	expect(at(event, 'customer')).toEqual(keys(customerSchema));
	expect(at(event, 'customer', 'address')).toEqual(keys(addressSchema));
	expect(at(event, 'subscription')).toEqual(keys(subscriptionSchema));
	expect(at(event, 'subscription', 'items', '[]')).toEqual(keys(subscriptionItemSchema));
});

test('of a bill that was sent or looked at', () => {
	const draft = { billId: 'b', billVersion: 1, accountId: 'a', accountCode: 'globex', currency: 'USD', total: '1.00', decimals: 2, skippedLines: 0 } as InvoiceDraft;
	const result = sendResult({ system: 'Stripe', action: 'created', draft, document: { type: 'invoice', id: 'in_1', number: '1', url: 'https://example.com', status: 'draft' }, documentTotal: '1.00', calls: 1 });
	const schema = shipped('sendResult');
	expect(at(schema)).toEqual(Object.keys(result));
	for (const part of ['bill', 'document', 'totals', 'lines'] as const) expect(at(schema, part)).toEqual(Object.keys(result[part] ?? {}));
	expect(at(shipped('previewResult'))).toEqual([...Object.keys(result), 'requests']);
});
