import type { Browser, Page } from 'playwright-core';
import type { WorkflowFile } from '../host/boot';
import { builtNodes, templateFiles, withCredentials } from '../demo/templates';
import { importTemplate, openWorld, type World } from '../demo/world';
import { launchBrowser, openEditor, screenshot } from './browser';
import { tarball } from './tarball';

const byTestId = (id: string) => `[data-test-id="${id}"]`;

/** The smallest workflow with a node whose meters come from m3ter. */
const USAGE: WorkflowFile = {
	name: 'Usage',
	nodes: [
		{ id: '5b0f1d1e-6a0e-4a55-9d0f-0c1d7c0a1b01', name: 'Start', type: 'n8n-nodes-base.manualTrigger', typeVersion: 1, position: [0, 0], parameters: {} },
		{ id: '5b0f1d1e-6a0e-4a55-9d0f-0c1d7c0a1b02', name: 'Submit usage', type: 'n8n-nodes-m3ter.m3terSubmitUsage', typeVersion: 1, position: [220, 0], parameters: {} },
	],
	connections: { Start: { main: [[{ node: 'Submit usage', type: 'main', index: 0 }]] } },
};

describe('the editor in a browser', () => {
	let world: World;
	let browser: Browser;
	let page: Page;
	const complaints: string[] = [];

	beforeAll(async () => {
		world = await openWorld({ tarball: tarball() });
		browser = await launchBrowser();
		page = await openEditor(browser, world.client, complaints);
	});
	afterAll(async () => {
		await browser?.close();
		await world?.close();
	});

	async function openWorkflow(id: string): Promise<void> {
		await page.goto(`${world.host.url}/workflow/${id}`);
		await page.locator(byTestId('canvas-node')).first().waitFor({ timeout: 60_000 });
		await page.waitForLoadState('networkidle');
	}

	it.each(templateFiles())('opens templates/%s with no warning and no missing node', async (file) => {
		const workflow = await importTemplate(world, file);
		await openWorkflow(workflow.id);
		const ids = await page.locator('.vue-flow__node').evaluateAll((nodes) => nodes.map((node) => node.getAttribute('data-id')));
		expect(ids.sort()).toEqual(workflow.file.nodes.map((node) => node.id).sort());
		expect(await page.locator(byTestId('node-not-installed')).count()).toBe(0);
		expect(await page.locator(byTestId('node-issues')).count()).toBe(0);
		await screenshot(page, file.replace(/\//g, '-').replace(/\.json$/, ''));
	});

	it('fills a drop-down of ours from the sandbox', async () => {
		const file = withCredentials(USAGE, world.credentials, world.nodes);
		await openWorkflow(await world.client.importWorkflow(file));
		await page.locator(`${byTestId('canvas-node')}[data-node-name="Submit usage"]`).dblclick();
		await page.locator(`${byTestId('resource-locator-meter')} ${byTestId('rlc-input')}`).click();
		const items = page.locator(byTestId('rlc-item'));
		await items.first().waitFor({ timeout: 15_000 });
		const names = (await items.allInnerTexts()).map((text) => text.trim());
		const meters = [...world.m3ter.state.meters.values()];
		expect(meters.length).toBeGreaterThan(0);
		for (const { code } of meters) expect(names.filter((name) => name.includes(code))).toHaveLength(1);
		await screenshot(page, 'drop-down');
	});

	it('finds every node of the package in the node creator', async () => {
		const ours = (await world.client.nodeTypes()).filter((type) => builtNodes().has(type.name));
		expect(ours.length).toBeGreaterThan(0);
		await page.goto(`${world.host.url}/workflow/new`);
		await page.locator(byTestId('canvas-add-button')).first().click();
		for (const { displayName } of ours) {
			// The editor lists a trigger and the action node of the same name as one.
			const name = displayName.replace(/ Trigger$/, '');
			await page.locator(byTestId('node-creator-search-bar')).last().fill(displayName);
			await page.locator(byTestId('node-creator-item-name')).getByText(new RegExp(`^\\s*${name}( Trigger)?\\s*$`)).first().waitFor({ timeout: 10_000 });
		}
		await screenshot(page, 'node-creator');
	});

	it('met no uncaught error on the way', () => {
		expect(complaints).toEqual([]);
	});
});
