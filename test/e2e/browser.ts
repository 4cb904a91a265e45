/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- test code, never shipped */
import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { type Browser, type Page, chromium } from 'playwright-core';
import type { N8nClient } from '../host/client';

/** Chromium as Debian, macOS or CHROMIUM_PATH offers it. */
function chromiumPath(): string {
	const places = [process.env.CHROMIUM_PATH, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome', '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome'];
	const found = places.find((place) => place && existsSync(place));
	if (!found) throw new Error('No Chromium found: install it (Debian: apt-get install chromium), or point CHROMIUM_PATH at one');
	return found;
}

/** A headless browser that talks to nobody but the pages it is sent to. */
export async function launchBrowser(): Promise<Browser> {
	return await chromium.launch({
		executablePath: chromiumPath(),
		args: [
			'--no-sandbox',
			'--disable-gpu',
			'--disable-quic',
			'--no-first-run',
			'--disable-background-networking',
			'--disable-component-update',
			'--disable-sync',
			'--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1 , EXCLUDE localhost',
		],
	});
}

/** A page of the editor, signed in. `complaints` fills with every uncaught error and console error that speaks of our package. */
export async function openEditor(browser: Browser, client: N8nClient, complaints: string[]): Promise<Page> {
	const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, deviceScaleFactor: 1 });
	await context.addCookies([{ ...client.session, url: client.url }]);
	const page = await context.newPage();
	page.on('pageerror', (error) => complaints.push(error.message));
	return page;
}

/** Saves what the page shows, when SCREENSHOTS names a folder (the pictures of the README are made so). */
export async function screenshot(page: Page, name: string): Promise<void> {
	const folder = process.env.SCREENSHOTS;
	if (!folder) return;
	mkdirSync(folder, { recursive: true });
	await page.screenshot({ path: path.join(folder, `${name}.png`) });
}
