"use strict";
(() => {
const $ = (s, at = document) => [...at.querySelectorAll(s)];
const words = document.body.dataset;
const make = (tag, text, click) => {
  const e = document.createElement(tag);
  e.textContent = text;
  if (tag === "button") e.type = "button";
  if (click) e.addEventListener("click", click);
  return e;
};
// Sort a table by a column: numbers by value, words by alphabet.
const key = (cell) => {
  const data = cell.querySelector("data");
  if (data) return parseFloat(data.value);
  const number = parseFloat(cell.textContent.replace(/[,%<]/g, "").replace("\u2212", "-").trim());
  return Number.isNaN(number) ? cell.textContent.trim() : number;
};
const order = (a, b) =>
  typeof a === typeof b ? (a < b ? -1 : a > b ? 1 : 0) : typeof a === "number" ? -1 : 1;
$("table").filter((t) => !t.closest(".appendix")).forEach((table) => {
  const body = table.tBodies[0], heads = $("thead th", table);
  if (body.rows.length > 2) heads.forEach((head, i) => {
    const button = make("button", head.textContent, () => {
      const up = head.getAttribute("aria-sort") !== "ascending";
      heads.forEach((h) => h.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", up ? "ascending" : "descending");
      [...body.rows].map((r) => [key(r.cells[i]), r])
        .sort((a, b) => (up ? order(a[0], b[0]) : order(b[0], a[0])))
        .forEach((r) => body.append(r[1]));
    });
    head.replaceChildren(button);
  });
  const csv = () => $("tr", table).map((row) => [...row.cells].map((c) => {
    const data = c.querySelectorAll("data");
    const text = data.length === 1 && c.textContent.trim() === data[0].textContent ? data[0].value : c.textContent.trim();
    return '"' + (/^[=+@\t\r]|^-\D/.test(text) ? "'" : "") + text.replaceAll('"', '""') + '"';
  }).join(",")).join("\r\n");
  const copy = make("button", words.sayCopy, () => {
    const done = () => { copy.textContent = words.sayCopied; };
    if (navigator.clipboard) navigator.clipboard.writeText(csv()).then(done, () => {});
  });
  const tools = make("div", "");
  tools.className = "tools";
  tools.append(copy);
  table.closest(".scroll").after(tools);
});
// Filter the findings by verdict and profile.
const cards = $("[data-verdict]");
const box = document.querySelector("[data-filter]");
if (box && cards.length > 1) {
  const chosen = { verdict: "", profile: "" };
  const show = () => cards.forEach((c) => {
    c.hidden = Object.keys(chosen).some((k) => chosen[k] && c.dataset[k] !== chosen[k]);
  });
  for (const by of ["verdict", "profile"]) {
    const names = new Map(cards.map((c) => [c.dataset[by], c.dataset[by + "Name"]]));
    if (names.size < 2) continue;
    const row = make("div", "");
    row.className = "tools";
    row.setAttribute("role", "group");
    row.ariaLabel = words[by === "verdict" ? "sayVerdict" : "sayProfile"];
    for (const [value, name] of [["", words.sayAll], ...names]) {
      const b = make("button", name, () => {
        chosen[by] = value;
        $("button", row).forEach((o) => o.setAttribute("aria-pressed", String(o === b)));
        show();
      });
      b.setAttribute("aria-pressed", String(!value));
      row.append(b);
    }
    box.append(row);
  }
}
// A number in a sentence, its mark in a chart and its row in a table are one piece of evidence, and lead to each other.
const cited = {}, turn = {};
const go = (to, block = "center") => {
  for (let at = to; at; at = at.parentElement) if (at.tagName === "DETAILS") at.open = true;
  to.scrollIntoView({ block });
  to.focus({ preventScroll: true });
};
const seen = (mark) => getComputedStyle(mark.ownerSVGElement).display !== "none";
const follow = (event) => {
  const at = event.target.closest("[data-e]"), e = at && at.dataset.e, links = cited[e];
  if (!links || (event.key && (event.key !== "Enter" || at.hash))) return;
  if (at.hash) {
    const marks = $(`svg [data-e=${e}]`).filter(seen), part = at.closest("article,section");
    const to = marks.find((m) => part.contains(m)) || marks[0];
    turn[e] = links.indexOf(at);
    if (to) event.preventDefault(go(to));
  } else {
    go(links[turn[e] % links.length]);
    turn[e]++;
  }
};
$("a>data,a>.d").forEach((inner) => {
  const link = inner.parentElement, e = link.dataset.e = link.hash.slice(1);
  turn[e] = 0;
  (cited[e] ||= []).push(link);
});
const back = (at) => {
  at.tabIndex = 0;
  at.setAttribute("role", "link");
  at.ariaLabel = at.textContent + " " + words.sayCited;
};
for (const e in cited) {
  $(`svg [data-e=${e}]`).forEach((mark) => {
    mark.ownerSVGElement.setAttribute("role", "group");
    back(mark);
  });
  const row = document.getElementById(e), up = make("span", "");
  up.className = "back";
  up.dataset.e = e;
  back(up);
  if (row && row.cells) row.cells[0].append(up);
}
const light = (on) => (event) => {
  const at = event.target.closest("[data-e]");
  if (at) $(`#${at.dataset.e},[data-e=${at.dataset.e}]`).forEach((e) => e.classList.toggle("on", on));
};
const hear = (names, act) => names.forEach((n) => document.addEventListener(n, act));
hear(["mouseover", "focusin"], light(true));
hear(["mouseout", "focusout"], light(false));
hear(["click", "keydown"], follow);
// Unfold what a link points at, and everything before printing.
const unfold = () => {
  const to = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (to) go(to, "start");
};
addEventListener("hashchange", unfold);
addEventListener("beforeprint", () => $("details:not(.appendix)").forEach((d) => { d.open = true; }));
unfold();
})();
