// Chromium, and people before it.

import assert from "node:assert/strict";
import { chromium } from "./packages.js";

// As root there is no sandbox. The others keep it from asking for anything by itself.
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

// A busy machine is slow, and no reason to fail.
const PATIENCE = 120_000;

/** Starts a browser with an empty profile. */
export function startBrowser() {
  return chromium.launch({ executablePath: process.env.CHROMIUM, args: FLAGS, timeout: PATIENCE });
}

/** A person with a browser of its own: what one holds, another does not. */
export class Person {
  /** `settings` are those of a context: size of the window, scripts, colours. */
  static async at(browser, site, settings = {}) {
    const context = await browser.newContext({
      baseURL: site.url,
      viewport: { width: 1280, height: 900 },
      locale: "en-GB",
      timezoneId: "Europe/Paris",
      ...settings,
    });
    context.setDefaultTimeout(PATIENCE);
    const person = new Person();
    // Chromium tells of what signing out deletes.
    Object.assign(person, { context, site, said: [], expected: ["info: Clear-Site-Data header"] });
    person.page = await person.tab();
    return person;
  }

  /** Opens another tab. */
  async tab() {
    const page = await this.context.newPage();
    page.on("console", (message) => this.said.push(`${message.type()}: ${message.text()} (${message.location().url})`));
    page.on("pageerror", (error) => this.said.push(`error: ${error.stack}`));
    page.on("request", (request) => {
      const { origin, protocol } = new URL(request.url());
      const isOwn = origin === this.site.url || protocol === "data:" || protocol === "blob:";
      if (!isOwn) this.said.push(`a request to elsewhere: ${request.url()}`);
    });
    page.on("response", (response) => {
      if (response.status() >= 500) this.said.push(`${response.status()} from ${response.url()}`);
    });
    return page;
  }

  /** Opens an address. */
  async open(address, status = 200) {
    if (status >= 400) this.expect(status);
    const response = await this.page.goto(address);
    assert.equal(response.status(), status, `${address}: ${await this.page.title()}`);
  }

  /** Another status than success is about to come, which the browser says. */
  expect(status) {
    this.expected.push(`status of ${status} `);
  }

  async signIn(link) {
    await this.page.goto(link);
    await this.press("Sign in");
    await this.page.getByRole("navigation", { name: "Main" }).waitFor();
  }

  /**
   * Does what leads to another page, and waits for that. A wait for a page that is loaded is over at once where the click
   * has not led away yet.
   */
  async follow(action) {
    const { page } = this;
    const isLeft = (frame) => frame === page.mainFrame();
    await Promise.all([page.waitForEvent("framenavigated", isLeft), action()]);
    await page.waitForLoadState();
  }

  /** Goes by a link or button of the page, to the page behind it. */
  press(name, role = "button") {
    return this.follow(() => this.page.getByRole(role, { name, exact: true }).first().click());
  }

  /** Uses a button of the script, which stays on the page. */
  use(name) {
    return this.page.getByRole("button", { name, exact: true }).click();
  }

  /** Closes the browser. It has said nothing that was not expected. */
  async leave() {
    await this.context.close();
    const isExpected = (text) => this.expected.some((expected) => text.includes(expected));
    const unexpected = this.said.filter((text) => !isExpected(text));
    assert.deepEqual(unexpected, []);
  }
}
