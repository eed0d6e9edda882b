//! Models: calendar, versions, subsets of line items.

use super::super::super::cube::is_formula;
use super::super::super::tenant::{
    Calendar, CalendarKind, Dashboard, LineItemSubset, Model, Version, WeekFormat, WeekGrouping,
};
use super::super::fields::Fields;
use super::Build;
use super::list::numbered;

impl Build<'_> {
    pub(super) fn models(&mut self, root: Fields<'_>) {
        for fields in root.tables("models") {
            let Some(workspace) = self.workspace_of(fields) else { continue };
            let model = self.one_model(fields);
            let models = self.copies(fields, model);
            if let Some(workspace) = self.tenant.workspaces.get_mut(workspace) {
                workspace.models.extend(models);
            }
        }
    }

    /// Returns as many models as there must be like this one.
    fn copies(&mut self, fields: Fields<'_>, model: Model) -> Vec<Model> {
        let Some(count) = fields.whole::<u64>("copies") else { return vec![model] };
        if fields.has("id") {
            self.problems.add(fields.place("id"), "`id` can't go with `copies`");
        }
        if !model.name.contains('#') {
            self.problems.add(fields.place("name"), "with `copies`, `name` must hold `#`");
        }
        let copy = |number| Model { name: numbered(&model.name, number), ..model.clone() };
        (1..=count).map(copy).collect()
    }

    fn one_model(&mut self, fields: Fields<'_>) -> Model {
        let mut model = Model::new(fields.text("name").unwrap_or_default());
        fields.text("id").unwrap_or_default().clone_into(&mut model.id);
        if let Some(state) = fields.text("state") {
            state.clone_into(&mut model.state);
        }
        model.no_access = fields.flag("no_access").unwrap_or(false);
        for node in fields.array("no_access_for") {
            let email = node.text().unwrap_or_default();
            if self.tenant.find_user(email).is_none() {
                let known: Vec<String> =
                    self.tenant.users.iter().map(|user| user.email.clone()).collect();
                self.no_such_at(node.at, "user", email, &known);
            }
            model.no_access_for.push(email.to_owned());
        }
        model.memory_usage = fields.whole("memory_usage").unwrap_or(model.memory_usage);
        for entry in fields.map("categories") {
            let value = entry.node.text().unwrap_or_default();
            model.categories.push((entry.key.clone(), value.to_owned()));
        }
        if let Some(calendar) = fields.inner("calendar") {
            model.calendar = self.calendar(calendar);
        }
        for version in fields.tables("versions") {
            let version = self.version(version);
            model.versions.push(version);
        }
        model.dashboards = fields.texts("dashboards").iter().map(|it| Dashboard::new(it)).collect();
        for subset in fields.tables("line_item_subsets") {
            let pair = |pair: &super::super::node::Node| {
                let [module, item] = pair.array() else { return None };
                Some((module.text()?.to_owned(), item.text()?.to_owned()))
            };
            model.line_item_subsets.push(LineItemSubset {
                id: subset.text("id").unwrap_or_default().to_owned(),
                name: subset.text("name").unwrap_or_default().to_owned(),
                line_items: subset.array("line_items").iter().filter_map(pair).collect(),
            });
        }
        model
    }

    fn calendar(&mut self, fields: Fields<'_>) -> Calendar {
        let kind = match fields.text("kind") {
            Some("weeks") => CalendarKind::WeeksGeneral,
            Some("4-4-5") => CalendarKind::WeeksInMonths(WeekGrouping::FourFourFive),
            Some("4-5-4") => CalendarKind::WeeksInMonths(WeekGrouping::FourFiveFour),
            Some("5-4-4") => CalendarKind::WeeksInMonths(WeekGrouping::FiveFourFour),
            Some("13 periods") => CalendarKind::FourWeekPeriods,
            _ => CalendarKind::Months,
        };
        let mut calendar = Calendar { kind, ..Calendar::default() };
        calendar.week_format = match fields.text("week_format") {
            Some("commencing") => WeekFormat::Commencing,
            Some("ending") => WeekFormat::Ending,
            _ => WeekFormat::Numbered,
        };
        if let Some(day) = fields.text("last_weekday").and_then(|word| word.parse().ok()) {
            calendar.last_weekday = day;
        }
        calendar.extra_week_month =
            fields.whole("extra_week_month").unwrap_or(calendar.extra_week_month);
        calendar.extra_month_quarter =
            fields.whole("extra_month_quarter").unwrap_or(calendar.extra_month_quarter);
        calendar.fiscal_year = fields.whole("fiscal_year").unwrap_or(calendar.fiscal_year);
        calendar.first_month = fields.whole("first_month").unwrap_or(calendar.first_month);
        calendar.past_years = fields.whole("past_years").unwrap_or(calendar.past_years);
        calendar.future_years = fields.whole("future_years").unwrap_or(calendar.future_years);
        calendar.quarters = fields.flag("quarters").unwrap_or(calendar.quarters);
        calendar.half_years = fields.flag("half_years").unwrap_or(calendar.half_years);
        calendar.all_periods = fields.flag("all_periods").unwrap_or(calendar.all_periods);
        calendar.current_period = fields.day("current_period");
        if let Some(day) = calendar.current_period
            && calendar.period_of(day).is_none()
        {
            let (first, last) = calendar.span();
            let problem = format!("`current_period` must be a day from {first} to {last}");
            self.problems.add(fields.place("current_period"), problem);
        }
        calendar
    }

    fn version(&mut self, fields: Fields<'_>) -> Version {
        let own = |key: &str| fields.text(key).map(str::to_owned);
        if let Some(formula) = fields.text("formula")
            && !is_formula(formula)
        {
            self.problems.add(fields.place("formula"), "`formula` can't be read");
        }
        Version {
            id: own("id").unwrap_or_default(),
            name: own("name").unwrap_or_default(),
            is_actual: fields.flag("actual").unwrap_or(false),
            is_current: fields.flag("current").unwrap_or(false),
            edit_from: fields.day("edit_from"),
            edit_to: fields.day("edit_to"),
            switchover: fields.day("switchover"),
            formula: own("formula"),
            notes: own("notes"),
        }
    }

    /// Checks the subsets of line items, once all modules are there.
    pub(super) fn check_line_item_subsets(&mut self, root: Fields<'_>) {
        for fields in root.tables("models") {
            let mut name = fields.text("name").unwrap_or_default().to_owned();
            if fields.has("copies") {
                name = numbered(&name, 1);
            }
            for pair in
                fields.tables("line_item_subsets").iter().flat_map(|it| it.array("line_items"))
            {
                let [module, item] = pair.array() else { continue };
                let (module, item) =
                    (module.text().unwrap_or_default(), item.text().unwrap_or_default());
                let model = self.tenant.find_model(&name);
                let found = model.and_then(|model| model.find_module(module));
                if found.is_none_or(|found| found.find_line_item(item).is_none()) {
                    let problem = format!("no line item `{item}` in a module `{module}`");
                    self.problems.add(pair.at, problem);
                }
            }
        }
    }
}
