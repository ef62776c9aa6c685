// What a page weighs with all of its files, and how far its parts move while it comes.

/** Opens a page as if nothing of it were kept. Returns its bytes as they are sent, and its layout shift. */
export async function weigh(person, address) {
  const { context, page } = person;
  await page.goto("about:blank");
  const session = await context.newCDPSession(page);
  await session.send("Network.enable");
  await session.send("Network.setCacheDisabled", { cacheDisabled: true });
  let bytes = 0;
  session.on("Network.loadingFinished", ({ encodedDataLength }) => (bytes += encodedDataLength));
  await page.addInitScript(() => {
    globalThis.moved = 0;
    new PerformanceObserver((list) => {
      for (const shift of list.getEntries()) globalThis.moved += shift.value;
    }).observe({ type: "layout-shift", buffered: true });
  });
  await page.goto(address, { waitUntil: "networkidle" });
  const moved = await page.evaluate(() => globalThis.moved);
  await session.detach();
  return { bytes, moved };
}
