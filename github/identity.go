package github

import (
	"context"
	"errors"

	api "github.com/google/go-github/v60/github"
)

// botOfJobs is who writes with the GITHUB_TOKEN of a job. No person can have the name: brackets are not allowed.
const botOfJobs = "github-actions[bot]"

// identity is who the token belongs to.
type identity struct {
	id    int64 // 0 = only the login is known
	login string
}

// isAuthor reports whether a comment is the token's own. Anybody can write a marker into a comment; nobody can write as
// somebody else.
func (me identity) isAuthor(u *api.User) bool {
	if me.id != 0 {
		return u.GetID() == me.id
	}
	return u.GetLogin() == me.login && u.GetType() == "Bot"
}

// whoami asks GitHub once whose token it is. The token of an app's installation, as that of a job is, gets no answer.
func (c *Client) whoami(ctx context.Context) (identity, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.me != nil {
		return *c.me, nil
	}
	me := identity{login: c.login}
	if me.login == "" {
		user, _, err := c.api.Users.Get(ctx, "")
		err = failed(err, "metadata: read", "tell whose token it is")
		switch {
		case errors.Is(err, ErrReadOnly) || errors.Is(err, ErrNotFound):
			me.login = botOfJobs
		case err != nil:
			return identity{}, err
		default:
			me = identity{id: user.GetID(), login: user.GetLogin()}
		}
	}
	c.me = &me
	return me, nil
}

// learn notes who wrote what this client has just written, and reports whether that is somebody else than was thought: an
// app whose token GitHub does not tell the owner of. What it wrote earlier has not been found then.
func (c *Client) learn(author *api.User) bool {
	if author.GetID() == 0 || author.GetLogin() == "" {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.me != nil && c.me.isAuthor(author) {
		return false
	}
	c.me = &identity{id: author.GetID(), login: author.GetLogin()}
	return true
}

// pages gathers all pages of a list, up to most of its members.
func pages[T any](most int, page func(api.ListOptions) ([]T, *api.Response, error)) ([]T, error) {
	var all []T
	o := api.ListOptions{PerPage: 100}
	for {
		list, resp, err := page(o)
		if err != nil {
			return nil, err
		}
		all = append(all, list...)
		if resp.NextPage <= o.Page || len(list) == 0 || len(all) >= most {
			return all, nil
		}
		o.Page = resp.NextPage
	}
}
