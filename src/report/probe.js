// Looks at the page as a browser has laid it out and leaves what is wrong as JSON, in place of the page.
addEventListener("load", () => {
  document.querySelectorAll("details").forEach((details) => (details.open = true));
  const canvas = Object.assign(document.createElement("canvas"), { width: 1, height: 1 });
  const brush = canvas.getContext("2d", { willReadFrequently: true });
  // Whatever notation the colour has, painted over what lies below it.
  const paint = (colours) => {
    brush.clearRect(0, 0, 1, 1);
    colours.forEach((colour) => { brush.fillStyle = colour; brush.fillRect(0, 0, 1, 1); });
    return [...brush.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const backgrounds = (element) => {
    const all = [];
    for (let e = element; e; e = e.parentElement) all.unshift(getComputedStyle(e).backgroundColor);
    return ["Canvas", ...all];
  };
  // https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio
  const luminance = (rgb) => {
    const [r, g, b] = rgb.map((v) => v / 255).map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (a, b) => {
    const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
    return (high + 0.05) / (low + 0.05);
  };
  const name = (e) => `${e.tagName.toLowerCase()}.${e.getAttribute("class") ?? ""} "${e.textContent.trim().slice(0, 40)}"`;
  const shown = (e) => e.checkVisibility({ visibilityProperty: true }) && !e.closest(".skip");
  const words = [...document.querySelectorAll("body *")].filter((e) =>
    shown(e) && !(e instanceof SVGElement) && [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim()));
  const faint = words.filter((e) => {
    const below = backgrounds(e);
    return contrast(paint([...below, getComputedStyle(e).color]), paint(below)) < 4.5;
  });
  const svgs = [...document.querySelectorAll("svg")].filter(shown);
  const undrawn = svgs.filter((svg) => {
    const box = svg.getBoundingClientRect();
    const inked = [...svg.querySelectorAll("path, rect, circle, line")].some((shape) => {
      const style = getComputedStyle(shape), size = shape.getBBox();
      return size.width + size.height > 0 && (style.fill !== "none" || style.stroke !== "none");
    });
    return box.width < 2 || box.height < 2 || !inked;
  });
  const unnamed = [...document.querySelectorAll("svg:not([aria-hidden]), img, [role=region]")].filter((e) => {
    const by = (e.getAttribute("aria-labelledby") ?? "").split(" ").map((id) => document.getElementById(id));
    return !(e.getAttribute("aria-label") || e.getAttribute("alt") || by.some((e) => e && e.textContent.trim()));
  });
  // What scrolls must be reachable by keyboard (https://www.w3.org/TR/WCAG22/#keyboard).
  const stuck = [...document.querySelectorAll("body *")].filter((e) =>
    shown(e) && e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).overflowX === "auto" && e.tabIndex < 0);
  const found = {
    width: innerWidth,
    dark: matchMedia("(prefers-color-scheme: dark)").matches,
    sections: [...document.querySelectorAll("section[id]")].filter(shown).map((e) => e.id),
    charts: svgs.length,
    overflow: document.documentElement.scrollWidth - innerWidth,
    broken: [...document.images].filter((i) => !i.complete || !i.naturalWidth).length,
    requests: performance.getEntriesByType("resource").map((e) => e.name).filter((n) => !n.startsWith("data:")),
    undrawn: undrawn.map(name), faint: faint.map(name), unnamed: unnamed.map(name), stuck: stuck.map(name),
  };
  const pre = Object.assign(document.createElement("pre"), { id: "probe", textContent: JSON.stringify(found) });
  document.body.replaceChildren(pre);
});
