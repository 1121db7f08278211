// Builds ../static/built/: style sheets, the citizen's with a right-to-left twin, scripts, fonts and
// icons, under names that carry their hash, and manifest.json from the plain names to those.
import {
  copyFileSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import rtlcss from "rtlcss";
import { compile } from "sass";

const sources = dirname(fileURLToPath(import.meta.url));
const designSystem = join(sources, "node_modules/dkfds");
const built = join(sources, "../static/built");

// The icons that staff pages use from icons.svg: <use href="{{ asset('icons.svg') }}#edit">.
const icons = [
  "arrow-back", "arrow-forward", "check", "close", "delete", "download", "edit", "error", "help",
  "info", "print", "save", "search", "success", "visibility-off", "warning",
];

const sprite = () => {
  const symbols = icons.map((icon) =>
    readFileSync(join(designSystem, "dist/img/svg-icons", `${icon}.svg`), "utf8")
      .replace(/^<svg xmlns="[^"]*"/, `<symbol id="${icon}"`)
      .replace("</svg>", "</symbol>"));
  return `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>`;
};

// Both directions of a sheet are made from one compilation, which is what takes the time.
const sheets = new Map();
const compiled = (path) => {
  if (!sheets.has(path)) {
    const options = { loadPaths: [join(designSystem, "src")], quietDeps: true };
    sheets.set(path, compile(path, options).css);
  }
  return sheets.get(path);
};

const scss = {
  name: "scss",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /\.scss(\?rtl)?$/ }, ({ path }) => {
      const [file, direction] = path.split("?");
      return { path: join(sources, file), suffix: direction ? `?${direction}` : "" };
    });
    onLoad({ filter: /\.scss$/ }, ({ path, suffix }) => {
      const css = compiled(path);
      const contents = suffix === "?rtl" ? rtlcss.process(css) : css;
      return { contents, loader: "css", resolveDir: sources };
    });
    onResolve({ filter: /^icons\.svg$/ }, () => ({ path: "icons.svg", namespace: "sprite" }));
    onLoad({ filter: /.*/, namespace: "sprite" }, () => ({ contents: sprite(), loader: "copy" }));
  },
};

const styles = [
  { in: "citizen.scss", out: "citizen" },
  { in: "citizen.scss?rtl", out: "citizen.rtl" },
  { in: "staff.scss", out: "staff" },
];
const scripts = readdirSync(sources)
  .filter((file) => file.endsWith(".js"))
  .map((file) => ({ in: join(sources, file), out: basename(file, ".js") }));

const { outputFiles, metafile } = await build({
  absWorkingDir: sources,
  entryPoints: [...styles, ...scripts, { in: "icons.svg", out: "icons" }],
  outdir: built,
  entryNames: "[name]-[hash]",
  assetNames: "[name]-[hash]",
  bundle: true,
  minify: true,
  write: false,
  metafile: true,
  format: "iife",
  target: ["chrome80", "firefox78", "safari13"],
  loader: { ".woff2": "file", ".svg": "file" },
  plugins: [scss],
});

// Written aside and swapped in, so that an interrupted build leaves no half of one.
const fresh = join(sources, "node_modules/.built");
rmSync(fresh, { recursive: true, force: true });
mkdirSync(fresh, { recursive: true });
for (const { path, contents } of outputFiles) {
  const target = join(fresh, basename(path));
  writeFileSync(target, contents);
  if (/\.(css|js)$/.test(path)) writeFileSync(`${target}.gz`, gzipSync(contents, { level: 9 }));
}
// The licences of the design system and of its fonts ask to go where copies go.
copyFileSync(join(designSystem, "LICENSE.md"), join(fresh, "dkfds-LICENSE.md"));
copyFileSync(
  join(designSystem, "dist/fonts/IBMPlexSans/split/woff2/license.txt"),
  join(fresh, "IBMPlexSans-LICENSE.txt"),
);
// Whole fonts for the PDF files, which the server sets: webapp/typeset reads them here.
mkdirSync(join(fresh, "print"));
const google = join(sources, "node_modules/@expo-google-fonts");
for (const font of [
  join(designSystem, "dist/fonts/IBMPlexSans/complete/ttf/IBMPlexSans-Regular.ttf"),
  join(designSystem, "dist/fonts/IBMPlexSans/complete/ttf/IBMPlexSans-SemiBold.ttf"),
  join(google, "ibm-plex-sans-arabic/400Regular/IBMPlexSansArabic_400Regular.ttf"),
  join(google, "ibm-plex-sans-arabic/600SemiBold/IBMPlexSansArabic_600SemiBold.ttf"),
  join(google, "noto-sans-ethiopic/400Regular/NotoSansEthiopic_400Regular.ttf"),
  join(google, "noto-sans-ethiopic/600SemiBold/NotoSansEthiopic_600SemiBold.ttf"),
]) {
  copyFileSync(font, join(fresh, "print", basename(font)));
}
copyFileSync(
  join(google, "noto-sans-ethiopic/LICENSE_FONT"),
  join(fresh, "print", "NotoSansEthiopic-LICENSE.txt"),
);
copyFileSync(
  join(google, "ibm-plex-sans-arabic/LICENSE_FONT"),
  join(fresh, "print", "IBMPlexSansArabic-LICENSE.txt"),
);
const plainName = (name) => name.replace(/-[A-Z0-9]{8}(?=\.\w+$)/, "");
const names = Object.keys(metafile.outputs).map((path) => basename(path)).sort();
const manifest = Object.fromEntries(names.map((name) => [plainName(name), name]));
writeFileSync(join(fresh, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);
rmSync(built, { recursive: true, force: true });
mkdirSync(dirname(built), { recursive: true });
renameSync(fresh, built);
