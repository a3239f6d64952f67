//! No cycles between sibling modules, so that each can be read with only the modules that it uses.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use syn::visit::{self, Visit};
use syn::{Attribute, Item, UseTree, Visibility};

use crate::assert_none;
use crate::workspace::{members, text};

/// The path of a module from the crate's root, without `crate`.
type ModulePath = Vec<String>;

/// The modules of a library or binary without its tests, each with the paths that it names.
#[derive(Default)]
struct Modules {
    names: BTreeMap<ModulePath, Names>,
}

#[derive(Default)]
struct Names {
    /// The imports: by the name in this module, the path that it comes from.
    imports: BTreeMap<String, ModulePath>,
    /// Every path that begins with `crate`, `self` or `super`, or that is imported.
    paths: BTreeSet<ModulePath>,
}

impl Modules {
    fn of(entry: &Path) -> Self {
        let mut modules = Self::default();
        let folder = entry.parent().expect("an entry lies in a folder");
        modules.read(entry, folder, &[]);
        modules
    }

    /// Reads a module's file, and the files of its submodules, which lie in `folder`.
    fn read(&mut self, file: &Path, folder: &Path, module: &[String]) {
        let text = text(file).unwrap_or_else(|| panic!("{} is not there", file.display()));
        let parsed = syn::parse_file(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        self.take(&parsed.items, folder, module);
    }

    fn take(&mut self, items: &[Item], folder: &Path, module: &[String]) {
        let mut reader = Reader { module: module.to_vec(), names: Names::default() };
        let items: Vec<&Item> = items.iter().filter(|item| !is_for_tests(item)).collect();
        for item in &items {
            reader.visit_item(item);
        }
        self.names.insert(module.to_vec(), reader.names);
        for item in items {
            let Item::Mod(inner) = item else { continue };
            let name = inner.ident.to_string();
            let (path, inner_folder) = ([module, std::slice::from_ref(&name)].concat(), folder.join(&name));
            match &inner.content {
                Some((_, items)) => self.take(items, &inner_folder, &path),
                None => self.read(&file_of(folder, &name), &inner_folder, &path),
            }
        }
    }

    /// The module that defines what a path names, found through at most `hops` re-exports.
    fn owner(&self, path: &[String], hops: u8) -> ModulePath {
        let mut module = Vec::new();
        for (at, name) in path.iter().enumerate() {
            let child = [&module[..], std::slice::from_ref(name)].concat();
            if self.names.contains_key(&child) {
                module = child;
                continue;
            }
            let reexport = self.names[&module].imports.get(name).filter(|_| hops > 0);
            return reexport
                .map_or(module, |from| self.owner(&[&from[..], &path[at + 1..]].concat(), hops - 1));
        }
        module
    }

    /// Within each module, which submodule uses which.
    fn uses(&self) -> BTreeMap<ModulePath, BTreeMap<String, BTreeSet<String>>> {
        let mut uses: BTreeMap<_, BTreeMap<_, BTreeSet<_>>> = BTreeMap::new();
        for (module, names) in &self.names {
            for path in &names.paths {
                let owner = self.owner(path, 8);
                let shared = module.iter().zip(&owner).take_while(|(one, other)| one == other).count();
                if let (Some(one), Some(other)) = (module.get(shared), owner.get(shared)) {
                    let within = uses.entry(module[..shared].to_vec()).or_default();
                    within.entry(one.clone()).or_default().insert(other.clone());
                }
            }
        }
        uses
    }

    /// Each cycle once, as its modules in the order in which one uses the next.
    fn circles(&self) -> Vec<(ModulePath, Vec<String>)> {
        let mut circles = Vec::new();
        for (within, uses) in self.uses() {
            let mut reported = BTreeSet::new();
            for name in uses.keys() {
                if let Some(circle) =
                    circle_of(name, &uses).filter(|circle| reported.is_disjoint(&members_of(circle)))
                {
                    reported.extend(members_of(&circle));
                    circles.push((within.clone(), circle));
                }
            }
        }
        circles
    }
}

fn members_of(circle: &[String]) -> BTreeSet<String> {
    circle.iter().cloned().collect()
}

/// The shortest cycle from a module back to itself.
fn circle_of(name: &str, uses: &BTreeMap<String, BTreeSet<String>>) -> Option<Vec<String>> {
    let mut seen = BTreeSet::new();
    let mut ways = vec![vec![name.to_owned()]];
    while !ways.is_empty() {
        let mut longer = Vec::new();
        for way in ways {
            for next in way.last().and_then(|last| uses.get(last)).into_iter().flatten() {
                let longer_way = [&way[..], std::slice::from_ref(next)].concat();
                if next == name {
                    return Some(longer_way);
                }
                if seen.insert(next.clone()) {
                    longer.push(longer_way);
                }
            }
        }
        ways = longer;
    }
    None
}

/// Collects the paths that a module names.
struct Reader {
    module: ModulePath,
    names: Names,
}

impl Reader {
    /// The path from the crate's root; none if it does not begin with `crate`, `self` or `super`.
    fn absolute(&self, path: &[String]) -> Option<ModulePath> {
        let (first, rest) = path.split_first()?;
        let mut module = self.module.clone();
        let mut rest = rest;
        match first.as_str() {
            "crate" => module.clear(),
            "self" => {}
            "super" => {
                module.pop();
                while let Some(more) = rest.strip_prefix(&["super".to_owned()][..]) {
                    module.pop();
                    rest = more;
                }
            }
            _ => return None,
        }
        module.extend_from_slice(rest);
        Some(module)
    }

    fn import(&mut self, tree: &UseTree, before: &[String]) {
        let with = |name: &syn::Ident| [before, &[name.to_string()]].concat();
        match tree {
            UseTree::Path(path) => self.import(&path.tree, &with(&path.ident)),
            UseTree::Group(group) => group.items.iter().for_each(|tree| self.import(tree, before)),
            UseTree::Glob(_) => self.name(None, before),
            UseTree::Name(name) if name.ident == "self" => self.name(before.last().cloned(), before),
            UseTree::Name(name) => self.name(Some(name.ident.to_string()), &with(&name.ident)),
            UseTree::Rename(rename) => self.name(Some(rename.rename.to_string()), &with(&rename.ident)),
        }
    }

    /// A path that begins with no keyword is of a submodule or of another crate.
    fn name(&mut self, known_as: Option<String>, path: &[String]) {
        let path = self.absolute(path).unwrap_or_else(|| [&self.module[..], path].concat());
        if let Some(known_as) = known_as {
            self.names.imports.insert(known_as, path.clone());
        }
        self.names.paths.insert(path);
    }
}

impl<'ast> Visit<'ast> for Reader {
    fn visit_item(&mut self, item: &'ast Item) {
        if !matches!(item, Item::Mod(_)) && !is_for_tests(item) {
            visit::visit_item(self, item);
        }
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.import(&item.tree, &[]);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let names: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        self.names.paths.extend(self.absolute(&names));
        visit::visit_path(self, path);
    }

    /// A path in a visibility is no use of that module.
    fn visit_visibility(&mut self, _: &'ast Visibility) {}
}

fn is_for_tests(item: &Item) -> bool {
    let attributes: &[Attribute] = match item {
        Item::Const(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    };
    let is_test = |attribute: &Attribute| {
        attribute.path().is_ident("cfg")
            && attribute.parse_args::<syn::Ident>().is_ok_and(|condition| condition == "test")
    };
    attributes.iter().any(is_test)
}

fn file_of(folder: &Path, name: &str) -> PathBuf {
    let beside = folder.join(format!("{name}.rs"));
    if text(&beside).is_some() { beside } else { folder.join(name).join("mod.rs") }
}

#[test]
fn modules_beside_each_other_use_each_other_in_no_circle() {
    let mut violations = Vec::new();
    let mut modules_seen = 0;
    for member in members() {
        for entry in ["src/lib.rs", "src/main.rs"].map(|entry| Path::new(&*member.name).join(entry)) {
            if text(&entry).is_none() {
                continue;
            }
            let modules = Modules::of(&entry);
            modules_seen += modules.names.len();
            violations.extend(modules.circles().into_iter().map(|(within, circle)| {
                let place = [&[member.name.replace('-', "_")][..], &within].concat().join("::");
                format!(
                    "in {place}: {}: move what they share into another module, which both use",
                    circle.join(" uses ")
                )
            }));
        }
    }
    assert_none(&violations);
    assert!(modules_seen > 200, "too few modules are found: {modules_seen}");
}

#[test]
fn a_circle_is_seen_through_names_that_are_passed_on() {
    let mut modules = Modules::default();
    let add = |modules: &mut Modules, module: &str, text: &str| {
        let path: Vec<String> =
            module.split("::").filter(|name| !name.is_empty()).map(str::to_owned).collect();
        let parsed = syn::parse_file(text).expect("it is Rust");
        let items: Vec<Item> =
            parsed.items.into_iter().filter(|item| !matches!(item, Item::Mod(_))).collect();
        modules.take(&items, Path::new(""), &path);
    };
    add(&mut modules, "", "pub use above::{Above, tell};");
    add(&mut modules, "above", "use crate::between::Between; use crate::below::inner::Below;");
    add(
        &mut modules,
        "between",
        "pub struct Between; impl Between { fn go() { super::below::inner::go() } }",
    );
    add(&mut modules, "below", "pub(in crate::above) fn seen() {}");
    add(&mut modules, "below::inner", "#[cfg(test)] use crate::between::Between; pub fn go() {}");
    assert_eq!(modules.circles(), []);
    add(&mut modules, "below::inner", "use crate::Above; pub fn go() {}");
    let circle = ["above", "below", "above"].map(str::to_owned).to_vec();
    assert_eq!(modules.circles(), [(Vec::new(), circle)]);
}
