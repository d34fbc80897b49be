// Package terraform reads the Terraform that frogmint prints with HashiCorp's own parser, which the product's go.mod shall not have.
package terraform
