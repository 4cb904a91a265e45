import type { INodeParameters } from 'n8n-workflow';

import { StripeForM3ter } from '../../nodes/Stripe/StripeForM3ter.node';
import { readTemplate } from '../demo/templates';
import { SECRET_KEY, SEEDED, startStripeSandbox } from '../sandbox/stripe';
import { Evaluate } from './evaluate';
import { runNode } from './harness';
import { m3terCall, mappedAccount, startM3ter, usualLines } from './world';

const nodes = readTemplate('operations/reconcile-stripe.json').nodes;
const parametersOf = (name: string) => nodes.find((node) => node.name === name)?.parameters as INodeParameters;

test('the reconciliation template keeps bills that are missing, differ or cannot be compared, and names each', async () => {
	const { m3ter, credentials } = await startM3ter();
	const stripe = await startStripeSandbox({ seeded: true });
	credentials.stripeForM3terApi = { secretKey: SECRET_KEY, baseUrl: stripe.url };
	await mappedAccount(m3ter, 'Stripe', 'Customer', SEEDED.customers.acme);
	await m3terCall(m3ter, 'POST', '/accounts', { name: 'Unmapped', code: 'unmapped', emailAddress: 'ap@example.com', currency: 'USD' });
	const add = (accountCode = 'acme', lines = usualLines) => m3ter.createBill({ accountCode, lines }).id;
	const [same, missing, different, unmapped, empty] = [add(), add(), add(), add('unmapped'), add('acme', [])];
	const items = (...ids: string[]) => ids.map((id) => ({ id }));
	const stripeNode = { node: new StripeForM3ter(), credentials };
	await runNode({ ...stripeNode, parameters: { resource: 'bill', operation: 'send' }, items: items(same, different) });
	m3ter.changeBill(different, { lines: usualLines.slice(0, 2) });

	const compared = await runNode({ ...stripeNode, parameters: parametersOf('Compare with Stripe'), items: items(same, missing, different, unmapped, empty), onError: 'continueRegularOutput' });
	const { conditions } = parametersOf('Missing or Different');
	const { json: verdicts } = await runNode({ node: new Evaluate(), parameters: { conditions }, items: compared.json });
	expect(verdicts.map(({ keep }) => keep)).toEqual([false, true, true, true, false]);

	const kept = compared.json.filter((_item, index) => verdicts[index].keep);
	const { json } = await runNode({ node: new Evaluate(), parameters: parametersOf('Name the Bills'), items: kept });
	const lines = String(json[0].message).split('\n');
	expect(lines[0]).toContain(`Missing: bill ${missing} of account acme, 118.40 USD`);
	expect(lines[1]).toContain(`Different: bill ${different} of account acme is 126.25 USD in m3ter and 118.40 in Stripe`);
	expect(lines.slice(2).join('\n')).toMatch(/unmapped|mapping/i);

	expect([...m3ter.violations, ...stripe.violations]).toEqual([]);
	await Promise.all([m3ter.close(), stripe.close()]);
});
