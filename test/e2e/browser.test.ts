import type { Browser, Page } from 'playwright-core';
import { builtNodes, templateFiles } from '../demo/templates';
import { importTemplate, openWorld, type World } from '../demo/world';
import { launchBrowser, openEditor, screenshot } from './browser';
import { tarball } from './tarball';

const byTestId = (id: string) => `[data-test-id="${id}"]`;

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
		const names = await page.locator(byTestId('canvas-node')).evaluateAll((nodes) => nodes.map((node) => node.getAttribute('data-node-name')));
		expect(names.sort()).toEqual(workflow.file.nodes.map((node) => node.name).sort());
		expect(await page.locator(byTestId('node-not-installed')).count()).toBe(0);
		expect(await page.locator(byTestId('node-issues')).count()).toBe(0);
		await screenshot(page, file.replace(/\//g, '-').replace(/\.json$/, ''));
	});

	it('finds every node of the package in the node creator', async () => {
		const ours = (await world.client.nodeTypes()).filter((type) => builtNodes().has(type.name));
		expect(ours.length).toBeGreaterThan(0);
		await page.goto(`${world.host.url}/workflow/new`);
		await page.locator(byTestId('canvas-add-button')).first().click();
		for (const { displayName } of ours) {
			const name = displayName.replace(/ Trigger$/, '');
			await page.locator(byTestId('node-creator-search-bar')).last().fill(displayName);
			const item = page.locator(byTestId('node-creator-item-name')).filter({ hasText: name }).first();
			await item.waitFor({ timeout: 10_000 });
		}
		await screenshot(page, 'node-creator');
	});

	it('met no uncaught error on the way', () => {
		expect(complaints).toEqual([]);
	});
});
