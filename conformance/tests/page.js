// Measures page.html in a frame: tests/page.rs says what is right.

const wait = () => new Promise((resume) => setTimeout(resume, 500));

function frame(width) {
  const frame = document.createElement("iframe");
  frame.style = `border: 0; width: ${width}px; height: 800px`;
  frame.src = "page.html";
  document.body.append(frame);
  return new Promise((resume) => (frame.onload = () => resume(frame)));
}

const widths = (view) => [view.document.documentElement.scrollWidth, view.innerWidth];

// Of a colour as browsers compute it: rgb(1, 2, 3) or rgba(1, 2, 3, 0.5).
const parts = (colour) => colour.match(/[\d.]+/g).map(Number);

function luminance(colour) {
  const [r, g, b] = parts(colour).map((part) => {
    const c = part / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function background(view, element) {
  for (let at = element; at; at = at.parentElement) {
    const colour = view.getComputedStyle(at).backgroundColor;
    const [, , , alpha = 1] = parts(colour);
    if (alpha === 1) return colour;
    // What is between is not added up: a page that needs it says so.
    if (alpha > 0) return "rgb(127, 127, 127)";
  }
  return "rgb(255, 255, 255)";
}

function contrasts(view) {
  const found = [];
  for (const element of view.document.body.querySelectorAll("*")) {
    const text = [...element.childNodes].filter((node) => node.nodeType === 3).map((node) => node.data).join("").trim();
    if (!text || !element.checkVisibility()) continue;
    const pair = [view.getComputedStyle(element).color, background(view, element)].map(luminance);
    const contrast = (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05);
    found.push([contrast, `${element.tagName} ${element.className}: ${text.slice(0, 60)}`]);
  }
  return found.sort((a, b) => a[0] - b[0]);
}

async function measure() {
  const phone = (await frame(360)).contentWindow;
  const desk = (await frame(1200)).contentWindow;
  const page = phone.document;
  const found = { phone: widths(phone), desk: widths(desk) };

  const cells = [...page.querySelectorAll(".cell")];
  found.cells = cells.map((cell) => cell.textContent);
  const target = (link) => page.getElementById(link.getAttribute("href").slice(1));
  const links = [...page.querySelectorAll("a[href^='#']")];
  found.dangling = links.filter((link) => !target(link)).map((link) => link.textContent);

  const summary = page.querySelector("summary");
  found.summary = [summary.parentElement.open];
  summary.click();
  await wait();
  found.summary.push(summary.parentElement.open, summary.nextElementSibling.checkVisibility());

  const cell = cells.at(-2);
  found.cell = [target(cell).open];
  cell.click();
  await wait();
  found.cell.push(target(cell).open, target(cell).querySelector(".clauses").checkVisibility());

  for (const details of page.querySelectorAll("details")) details.open = true;
  await wait();
  found.phoneUnfolded = widths(phone);
  // All that a pointer can choose or scroll.
  const chosen = page.querySelectorAll("a, summary, .matrix");
  found.unreachable = [...chosen].filter((it) => it.tabIndex !== 0).map((it) => it.textContent);

  const contrast = contrasts(phone);
  found.texts = contrast.length;
  [found.contrast, found.faintest] = contrast[0];
  found.dark = phone.matchMedia("(prefers-color-scheme: dark)").matches;
  found.darkPage = luminance(background(phone, page.body)) < 0.2;
  found.lang = page.documentElement.lang;
  found.title = page.title;
  found.resources = phone.performance.getEntriesByType("resource").length;
  found.attacked = window.attacked === true;
  return found;
}

measure().catch(String).then((found) => {
  const result = document.createElement("pre");
  // Without characters that the dump of the page would escape.
  const escape = (c) => "\\u" + c.charCodeAt(0).toString(16).padStart(4, "0");
  result.textContent = JSON.stringify(found).replace(/[<>&\u00a0]/g, escape);
  document.body.replaceChildren(result);
});
