/**
 * The build: type-check, clean, bundle nodes and credentials, emit the library's types, copy assets.
 * Each node is one self-contained CommonJS file, so that the published package needs no dependencies;
 * only what n8n itself provides stays a `require`.
 */
const { execFileSync } = require('node:child_process');
const { rmSync } = require('node:fs');
const path = require('node:path');
const { build } = require('esbuild');
const { dest, parallel, series, src } = require('gulp');

const PROVIDED_BY_N8N = ['n8n-workflow', 'zod', 'lodash', 'luxon', 'p-limit', 'crypto', 'node:crypto'];

const tsc = (...args) =>
	execFileSync(process.execPath, [path.join(path.dirname(require.resolve('typescript/package.json')), 'bin', 'tsc'), ...args], {
		stdio: 'inherit',
	});

async function clean() {
	rmSync('dist', { recursive: true, force: true });
}

async function typeCheck() {
	tsc('-p', 'tsconfig.json');
}

async function types() {
	tsc('-p', 'tsconfig.types.json');
}

async function bundle() {
	const { n8n } = require('./package.json');
	const sourceOf = (file) => file.replace(/^dist\//, '').replace(/\.js$/, '.ts');
	await build({
		entryPoints: ['index.ts', ...n8n.nodes.map(sourceOf), ...n8n.credentials.map(sourceOf)],
		outdir: 'dist',
		outbase: '.',
		bundle: true,
		platform: 'node',
		format: 'cjs',
		target: 'node20',
		external: PROVIDED_BY_N8N,
		charset: 'utf8',
		legalComments: 'none',
	});
}

const assets = () =>
	src(['icons/*.svg', 'nodes/**/*.node.json', 'nodes/**/__schema__/**/*.json'], { base: '.', encoding: false }).pipe(dest('dist'));

exports.typeCheck = typeCheck;
exports.build = series(typeCheck, clean, parallel(bundle, types, assets));
exports.default = exports.build;
