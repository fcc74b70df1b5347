// Package action holds what action.yml promises: its steps, run as a runner runs them.
package action
