import { NodeHelpers, type INodeProperties, type INodePropertyCollection } from 'n8n-workflow';

import { StripeForM3ter } from '../../nodes/Stripe/StripeForM3ter.node';

const { description } = new StripeForM3ter();
const options = description.properties.find(({ name }) => name === 'options')?.options as INodeProperties[];
const mapping = options.find(({ name }) => name === 'lineMapping')?.options as INodePropertyCollection[];

/** The parameters n8n shows, and keeps at run time, in an invoicing mode. */
const shown = (parameters: INodeProperties[], mode: string) =>
	parameters.filter((parameter) => NodeHelpers.displayParameter({}, parameter, null, description, { resource: 'bill', mode })).map(({ name }) => name);

const ONLY_ON_INVOICES = ['autoAdvance', 'automaticTax', 'collectionMethod', 'dueDate', 'finalize', 'footer', 'issueDate', 'memo', 'whenRemoved'];

test('Stripe Invoicing offers every option', () => {
	expect(shown(options, 'invoice')).toEqual(options.map(({ name }) => name));
	expect(shown(mapping[0].values, 'invoice')).toEqual(['match', 'product', 'taxRates']);
});

test('Subscription Invoicing offers those it heeds', () => {
	expect(options.map(({ name }) => name).filter((name) => !shown(options, 'subscription').includes(name)).sort()).toEqual(ONLY_ON_INVOICES);
	expect(shown(mapping[0].values, 'subscription')).toEqual(['match', 'taxRates']);
});

test.each(['issueDate', 'dueDate'])('the option %s says that it makes payment terms', (name) => {
	expect(options.filter((option) => option.name === name)).toEqual([expect.objectContaining({ description: expect.stringContaining('payment terms') })]);
});
