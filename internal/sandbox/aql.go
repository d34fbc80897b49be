package sandbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"path"
	"slices"
	"strings"
)

// aqlQuery is a query in Artifactory's query language, as far as jf writes them: items.find({...}) with include and limit
// behind it. What else is chained to it, such as sort, has no effect.
type aqlQuery struct {
	find    json.RawMessage
	include []string // empty: all fields
	limit   int      // 0: none
}

// aqlItem has an artifact's fields by AQL's names.
type aqlItem map[string]any

type aqlProperty struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

func (a *artifact) aqlItem() aqlItem {
	created, properties := a.created.UTC().Format(wireTime), []aqlProperty{}
	for name, values := range a.properties {
		for _, one := range values {
			properties = append(properties, aqlProperty{name, one})
		}
	}
	return aqlItem{
		"repo": a.repo, "path": path.Dir(a.path), "name": path.Base(a.path), "type": "file", "size": len(a.data),
		"created": created, "created_by": a.createdBy, "modified": created, "modified_by": a.createdBy, "updated": created,
		"actual_sha1": a.sums.SHA1, "actual_md5": a.sums.MD5, "sha256": a.sums.SHA256, "property": properties,
	}
}

// aqlResponse has its members in Artifactory's order: jf reads no results behind the range.
type aqlResponse struct {
	Results []aqlItem `json:"results"`
	Range   aqlRange  `json:"range"`
}

type aqlRange struct {
	Start int `json:"start_pos"`
	End   int `json:"end_pos"`
	Total int `json:"total"`
}

// search answers a query with the items that its caller may read.
func (c *call) search() error {
	who, err := c.artifactoryCaller()
	if err != nil {
		return err
	}
	q, err := parseAQL(string(c.body))
	if err != nil {
		return badRequest("Failed to parse query: " + err.Error())
	}
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	found := []aqlItem{}
	for _, key := range sortedKeys(c.s.artifacts.items) {
		a := c.s.artifacts.items[key]
		repo, item := c.s.world.repositories[a.repo], a.aqlItem()
		if repo == nil || !c.s.world.may(who.grants, actRead, repo, a.path) {
			continue
		}
		fits, err := item.satisfies(q.find)
		if err != nil {
			return badRequest("Failed to parse query: " + err.Error())
		}
		if fits {
			found = append(found, item)
		}
	}
	found = q.reduce(found)
	return c.json(http.StatusOK, aqlResponse{found, aqlRange{0, len(found), len(found)}})
}

// reduce cuts off the items beyond the limit, and the fields that weren't asked for.
func (q aqlQuery) reduce(items []aqlItem) []aqlItem {
	if q.limit > 0 {
		items = items[:min(q.limit, len(items))]
	}
	for _, item := range items {
		for field := range item {
			if len(q.include) > 0 && !slices.Contains(q.include, field) {
				delete(item, field)
			}
		}
		if properties, asked := item["property"]; asked {
			item["properties"] = properties
			delete(item, "property")
		}
	}
	return items
}

// parseAQL reads name(value, value).name(value): the values are JSON.
func parseAQL(text string) (q aqlQuery, err error) {
	rest, isItems := strings.CutPrefix(strings.TrimSpace(text), "items.")
	for isItems && rest != "" {
		var name string
		name, rest, _ = strings.Cut(strings.TrimPrefix(rest, "."), "(")
		var values []json.RawMessage
		for rest = strings.TrimLeft(rest, " \n,"); !strings.HasPrefix(rest, ")"); rest = strings.TrimLeft(rest, " \n,") {
			dec := json.NewDecoder(strings.NewReader(rest))
			var one json.RawMessage
			if err := dec.Decode(&one); err != nil {
				return q, err
			}
			values, rest = append(values, one), rest[dec.InputOffset():]
		}
		rest = strings.TrimSpace(rest[1:])
		if err := q.apply(name, values); err != nil {
			return q, err
		}
	}
	if q.find == nil {
		return q, errors.New("only items.find({...}) is known")
	}
	return q, nil
}

func (q *aqlQuery) apply(name string, values []json.RawMessage) (err error) {
	for _, one := range values {
		switch name {
		case "find":
			q.find = one
		case "include":
			q.include = append(q.include, strings.Trim(string(one), `"`))
		case "limit":
			err = json.Unmarshal(one, &q.limit)
		}
	}
	return err
}

// satisfies reports whether all members of the criteria hold for the item. A name may stand in them twice, which a map
// would lose.
func (item aqlItem) satisfies(criteria json.RawMessage) (bool, error) {
	dec := json.NewDecoder(bytes.NewReader(criteria))
	if opening, err := dec.Token(); err != nil || opening != json.Delim('{') {
		return false, fmt.Errorf("%.40q is not an object", criteria)
	}
	for dec.More() {
		name, _ := dec.Token()
		var operand json.RawMessage
		if err := dec.Decode(&operand); err != nil {
			return false, err
		}
		fits, err := item.satisfiesOne(fmt.Sprint(name), operand)
		if err != nil || !fits {
			return false, err
		}
	}
	return true, nil
}

func (item aqlItem) satisfiesOne(name string, operand json.RawMessage) (bool, error) {
	if name != "$and" && name != "$or" {
		return item.compares(name, operand)
	}
	var parts []json.RawMessage
	if err := json.Unmarshal(operand, &parts); err != nil {
		return false, err
	}
	for _, part := range parts {
		fits, err := item.satisfies(part)
		if err != nil || fits == (name == "$or") {
			return fits, err
		}
	}
	return name == "$and", nil
}

// compares holds one field against a value, or an object of operators and values. A property, written @name, may have
// several values or none. Type any is every type.
func (item aqlItem) compares(field string, operand json.RawMessage) (bool, error) {
	var wanted any
	if err := json.Unmarshal(operand, &wanted); err != nil {
		return false, err
	}
	operators, several := wanted.(map[string]any)
	if !several {
		operators = map[string]any{"$eq": wanted}
	}
	values := []string{fmt.Sprint(item[field])}
	if name, isProperty := strings.CutPrefix(field, "@"); isProperty {
		values = nil
		for _, p := range item["property"].([]aqlProperty) {
			if p.Key == name {
				values = append(values, p.Value)
			}
		}
	}
	for operator, want := range operators {
		if !slices.Contains([]string{"$eq", "$ne", "$match", "$nmatch"}, operator) {
			return false, fmt.Errorf("unknown operator %q", operator)
		}
		some := slices.ContainsFunc(values, func(got string) bool {
			isPattern := strings.HasSuffix(operator, "match") && wildcard(fmt.Sprint(want), got)
			return got == fmt.Sprint(want) || isPattern || field == "type" && want == "any"
		})
		if negated := strings.HasPrefix(operator, "$n"); some == negated {
			return false, nil
		}
	}
	return true, nil
}
