// What a script adds to the page: tables that sort and filter, a timeline that zooms. Without it all is there.
"use strict";

(() => {
  const make = (tag, text, title) => {
    const it = document.createElement(tag);
    if (text) it.textContent = text;
    if (title) it.title = title;
    return it;
  };

  // Sorting: numbers by what they are, words by their letters with numbers in them by size (g2 before g10).
  const words = new Intl.Collator("en", { numeric: true });
  const compare = (one, other) => {
    const [a, b] = [one.dataset.by, other.dataset.by];
    if (a !== undefined && b !== undefined) return Number(a) - Number(b);
    return words.compare(one.textContent, other.textContent);
  };

  for (const section of document.querySelectorAll("section.table")) {
    const table = section.querySelector("table");
    if (!table) continue;
    const body = table.tBodies[0];
    const heads = [...table.tHead.rows[0].cells];
    heads.forEach((head, column) => {
      const button = make("button", head.textContent, "sort");
      button.type = "button";
      head.replaceChildren(button);
      button.addEventListener("click", () => {
        const up = head.getAttribute("aria-sort") !== "ascending";
        heads.forEach((other) => other.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", up ? "ascending" : "descending");
        const rows = [...body.rows];
        rows.sort((one, other) => {
          const order = compare(one.cells[column], other.cells[column]);
          return up ? order : -order;
        });
        body.append(...rows);
      });
    });
    if (body.rows.length < 9) continue;
    const tools = make("div");
    tools.className = "tools";
    const input = make("input");
    input.type = "search";
    input.placeholder = "filter rows";
    input.setAttribute("aria-label", "filter rows of " + section.querySelector("h2").textContent);
    const found = make("span");
    found.setAttribute("role", "status");
    input.addEventListener("input", () => {
      const wanted = input.value.trim().toLowerCase();
      let left = 0;
      for (const row of body.rows) {
        row.hidden = !row.textContent.toLowerCase().includes(wanted);
        left += row.hidden ? 0 : 1;
      }
      found.textContent = wanted ? left + " of " + body.rows.length + " rows" : "";
    });
    tools.append(input, found);
    section.querySelector(".wide").before(tools);
  }

  // Zooming: what lies over time is laid out anew for a part of it; words keep their form.
  const SVG = "http://www.w3.org/2000/svg";
  for (const svg of document.querySelectorAll("svg[data-zoom]")) {
    const [left, right, top, bottom, first, last] = svg.dataset.zoom.split(" ").map(Number);
    let [from, to] = [first, last];
    const whole = last - first;
    const clip = document.createElementNS(SVG, "clipPath");
    clip.id = svg.id + "-clip";
    const room = document.createElementNS(SVG, "rect");
    const sizes = { x: left, y: top, width: right - left, height: bottom - top };
    for (const name in sizes) room.setAttribute(name, sizes[name]);
    clip.append(room);
    svg.append(clip);

    const place = (x) => {
      const time = first + ((x - left) / (right - left)) * whole;
      return left + ((time - from) / (to - from)) * (right - left);
    };
    const near = (x) => Math.round(Math.min(Math.max(place(x), left - 4e4), right + 4e4) * 100) / 100;
    const pieces = [];
    for (const group of svg.querySelectorAll("g.moving")) {
      group.setAttribute("clip-path", "url(#" + clip.id + ")");
      for (const it of group.children) {
        if (it.tagName === "rect") {
          const [x, width] = [Number(it.getAttribute("x")), Number(it.getAttribute("width"))];
          pieces.push(() => {
            it.setAttribute("x", near(x));
            it.setAttribute("width", Math.max(near(x + width) - near(x), 1));
          });
        } else if (it.tagName === "polyline") {
          const points = it.getAttribute("points").trim().split(" ").map((pair) => pair.split(","));
          pieces.push(() => {
            it.setAttribute("points", points.map(([x, y]) => near(Number(x)) + "," + y).join(" "));
          });
        }
      }
    }
    for (const group of svg.querySelectorAll("g.riding")) {
      group.setAttribute("clip-path", "url(#" + clip.id + ")");
    }
    for (const it of svg.querySelectorAll("g.riding text")) {
      const x = Number(it.getAttribute("x"));
      pieces.push(() => {
        const at = place(x);
        it.setAttribute("x", Math.min(Math.max(at, left - 4e4), right + 4e4));
        it.style.display = at >= left - 1 && at <= right + 1 ? "" : "none";
      });
    }
    const ticks = svg.querySelector("g.ticks");
    const [line, mark] = ticks.querySelectorAll("polyline");
    const label = ticks.querySelector("text");
    const heights = [line, mark].map((it) =>
      it.getAttribute("points").trim().split(" ").map((pair) => pair.split(",")[1]));
    const number = (value, step) => {
      const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
      return value.toLocaleString("en", { minimumFractionDigits: 0, maximumFractionDigits: digits });
    };
    const scale = () => {
      const rough = (to - from) / 8;
      const base = 10 ** Math.floor(Math.log10(rough));
      const step = [1, 2, 5, 10].map((it) => it * base).find((it) => it >= rough * 0.999);
      const made = [];
      for (let count = Math.ceil(from / step - 1e-9); count * step <= to + step * 1e-9; count += 1) {
        const x = left + ((count * step - from) / (to - from)) * (right - left);
        [line, mark].forEach((model, which) => {
          const it = model.cloneNode();
          it.setAttribute("points", heights[which].map((y) => x + "," + y).join(" "));
          made.push(it);
        });
        const it = label.cloneNode();
        it.setAttribute("x", x);
        // A negative zero would be written with its sign.
        it.textContent = number(count * step + 0, step);
        made.push(it);
      }
      ticks.replaceChildren(...made);
    };

    const tools = make("div");
    tools.className = "tools";
    const buttons = {};
    const show = (start, length) => {
      const long = Math.min(Math.max(length, whole / 1e4), whole);
      from = Math.min(Math.max(start, first), last - long);
      to = from + long;
      pieces.forEach((piece) => piece());
      scale();
      const all = long >= whole;
      for (const name of ["out", "earlier", "later", "all"]) buttons[name].disabled = all;
    };
    const button = (name, text, title, act) => {
      const it = make("button", text, title);
      it.type = "button";
      it.setAttribute("aria-label", title);
      it.addEventListener("click", act);
      buttons[name] = it;
      tools.append(it);
    };
    const around = (factor) => show((from + to) / 2 - ((to - from) * factor) / 2, (to - from) * factor);
    button("in", "+", "zoom in", () => around(0.5));
    button("out", "−", "zoom out", () => around(2));
    button("earlier", "←", "earlier", () => show(from - (to - from) / 2, to - from));
    button("later", "→", "later", () => show(from + (to - from) / 2, to - from));
    button("all", "whole run", "the whole run", () => show(first, whole));
    for (const name of ["out", "earlier", "later", "all"]) buttons[name].disabled = true;
    const hint = make("span", "or draw across the plot with a mouse");
    hint.className = "hint";
    tools.append(hint);
    svg.parentElement.before(tools);

    // A mouse draws the stretch to see; a finger scrolls the page as ever.
    svg.classList.add("zoomable");
    let begun = null;
    const time = (event) => {
      const box = svg.getBoundingClientRect();
      const x = ((event.clientX - box.left) / box.width) * svg.viewBox.baseVal.width;
      return from + ((Math.min(Math.max(x, left), right) - left) / (right - left)) * (to - from);
    };
    svg.addEventListener("pointerdown", (event) => {
      begun = event.pointerType === "mouse" && event.button === 0 ? time(event) : null;
      if (begun !== null) event.preventDefault();
    });
    window.addEventListener("pointerup", (event) => {
      if (begun === null) return;
      const [start, end] = [begun, time(event)].sort((a, b) => a - b);
      begun = null;
      if (end - start > (to - from) / 100) show(start, end - start);
    });
  }
})();
