/** The report in a real browser: nothing is cut off on a telephone, everything can be read in light and dark. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser } from 'playwright-core'
import { drawPlots } from '../../activities/adapters/plots.ts'
import { renderHtml } from '../../domain/report/html.ts'
import type { ReportModel } from '../../domain/report/model.ts'
import { launchChromium } from '../support/chromium.ts'
import { SAMPLES } from '../support/report-samples.ts'

let browser: Browser
before(async () => {
  browser = await launchChromium()
})
after(() => browser.close())

/** Widest element, and the text pairs whose contrast is below 4.5 to 1 (3 to 1 for large text). Runs inside the page. */
const INSPECT = `(() => {
  document.querySelectorAll('details').forEach(details => { details.open = true })
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true })
  const rgb = colour => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1); return [...canvas.getImageData(0, 0, 1, 1).data] }
  const luminance = ([r, g, b]) => { const [x, y, z] = [r, g, b].map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4); return 0.2126 * x + 0.7152 * y + 0.0722 * z }
  const behind = element => {
    for (let at = element; at; at = at.parentElement) {
      const style = getComputedStyle(at)
      const gradient = style.backgroundImage.match(/rgba?\\([^)]*\\)/g)
      if (gradient) return gradient.map(rgb)
      if (rgb(style.backgroundColor)[3] === 255) return [rgb(style.backgroundColor)]
    }
    return [rgb('Canvas')]
  }
  const pale = []
  for (const element of document.querySelectorAll('body *')) {
    if (![...element.childNodes].some(node => node.nodeType === 3 && node.textContent.trim() !== '')) continue
    const style = getComputedStyle(element)
    const svg = element instanceof SVGElement
    const front = luminance(rgb(svg ? style.fill : style.color))
    for (const back of behind(element).map(luminance)) {
      const ratio = (Math.max(front, back) + 0.05) / (Math.min(front, back) + 0.05)
      const large = parseFloat(style.fontSize) >= 24
      if (ratio < (large ? 3 : 4.5)) pale.push(ratio.toFixed(2) + ' ' + element.className + ' ' + element.textContent.slice(0, 40))
    }
  }
  const cut = [...document.querySelectorAll('main *, header *, footer *')]
    .filter(element => element.getBoundingClientRect().right > innerWidth + 1 && !element.closest('thead, svg'))
    .map(element => element.tagName + '.' + element.className)
  return { width: document.documentElement.scrollWidth, pale, cut }
})()`

interface Inspection {
  readonly width: number
  readonly pale: readonly string[]
  readonly cut: readonly string[]
}

test('the inspection sees pale text and what is too wide', async () => {
  const page = await browser.newPage({ viewport: { width: 320, height: 900 } })
  await page.setContent('<main style="background:#fff"><p style="color:#999">pale</p><pre>'.concat('wide '.repeat(99)))
  const { width, pale } = (await page.evaluate(INSPECT)) as Inspection
  assert.ok(width > 320)
  assert.equal(pale.length, 1)
  await page.close()
})

for (const [name, model] of Object.entries<ReportModel>(SAMPLES)) {
  test(`${name}: no sideways scrolling, enough contrast, no request, no script`, async () => {
    const html = renderHtml(model, await drawPlots(model))
    for (const width of [320, 1280]) {
      for (const colorScheme of ['light', 'dark'] as const) {
        const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme })
        const wrong: string[] = []
        page.on('request', request => wrong.push(`request ${request.url()}`))
        page.on('dialog', async dialog => {
          wrong.push(`dialog ${dialog.message()}`)
          await dialog.dismiss()
        })
        page.on('console', message => wrong.push(`console ${message.text()}`))
        await page.setContent(html, { waitUntil: 'load' })
        const found = (await page.evaluate(INSPECT)) as Inspection
        assert.deepEqual({ ...found, wrong }, { width, pale: [], cut: [], wrong: [] }, `${width} px, ${colorScheme}`)
        await page.close()
      }
    }
  })
}

test('on paper everything that is folded is open, on white', async () => {
  const page = await browser.newPage({ colorScheme: 'dark' })
  await page.setContent(renderHtml(SAMPLES.fail, await drawPlots(SAMPLES.fail)))
  await page.emulateMedia({ media: 'print' })
  assert.equal(await page.getByText('activeState').first().isVisible(), true)
  assert.equal(await page.evaluate('getComputedStyle(document.body).backgroundColor'), 'rgb(255, 255, 255)')
  assert.ok((await page.pdf()).byteLength > 10_000)
  await page.close()
})
