// All pages that links lead to, one of each kind.

/** An address without what it is about: a path is of words, and ids are not. */
function kind(path) {
  return path
    .split("/")
    .map((part) => (/^[a-z-]*$/.test(part) ? part : "*"))
    .join("/");
}

/** Opens the first page of each kind that links lead to, and calls `visit` with its kind. Returns the kinds. */
export async function crawl(person, first, visit) {
  const due = [first];
  const seen = new Set([kind(first)]);
  while (due.length > 0) {
    const address = due.shift();
    await person.open(address);
    await visit(kind(new URL(address, person.site.url).pathname));
    // Links of pictures have no address as a text.
    const links = await person.page.$$eval("a[href]:not([download])", (links) =>
      links.map((link) => new URL(link.getAttribute("href"), document.baseURI).href),
    );
    for (const link of links) {
      const { origin, pathname, search } = new URL(link);
      if (origin !== person.site.url || !pathname.startsWith("/console") || seen.has(kind(pathname))) continue;
      seen.add(kind(pathname));
      due.push(pathname + search);
    }
  }
  return seen;
}

/** The name of a picture of the pages of a kind. */
export function named(who, kind) {
  return [who, ...kind.split("/").slice(2)].filter(Boolean).join("-").replaceAll("*", "one");
}
