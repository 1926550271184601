// A Packer plugin for tests: its machine is this one, and it misbehaves where a template asks for it.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/hashicorp/hcl/v2/hcldec"
	"github.com/hashicorp/packer-plugin-sdk/multistep"
	"github.com/hashicorp/packer-plugin-sdk/packer"
	"github.com/hashicorp/packer-plugin-sdk/plugin"
	"github.com/hashicorp/packer-plugin-sdk/template/config"
	"github.com/hashicorp/packer-plugin-sdk/version"
	"github.com/zclconf/go-cty/cty"
)

func main() {
	misbehaveBeforeStart(os.Getenv("PEER_START"))
	set := plugin.NewSet()
	set.RegisterBuilder("machine", new(builder))
	set.RegisterProvisioner("steps", new(provisioner))
	set.RegisterPostProcessor("note", new(postProcessor))
	set.RegisterDatasource("facts", new(datasource))
	set.SetVersion(version.NewPluginVersion(pluginVersion, "", ""))
	if err := set.Run(); err != nil {
		fmt.Fprintln(os.Stderr, err.Error())
		os.Exit(1)
	}
}

// Set while linking.
var pluginVersion = "1.2.3"

func misbehaveBeforeStart(how string) {
	if how == "" || len(os.Args) < 2 || os.Args[1] != "start" {
		return
	}
	switch how {
	case "noise":
		fmt.Println("warming up")
	case "old":
		fmt.Println("4|unix|/nowhere")
	case "newer":
		fmt.Println("6|0|unix|/nowhere")
	case "nowhere":
		fmt.Println("5|0|unix|/nowhere")
	case "exit":
		fmt.Fprintln(os.Stderr, "no licence was found")
		os.Exit(3)
	case "silent":
	}
	time.Sleep(time.Hour)
}

func attribute(name string, kind cty.Type, required bool) hcldec.Spec {
	return &hcldec.AttrSpec{Name: name, Type: kind, Required: required}
}

func misbehave(how, where string) error {
	switch how {
	case where + ":panic":
		panic("the peer panics in " + where)
	case where + ":exit":
		os.Exit(7)
	case where + ":hang":
		time.Sleep(time.Hour)
	case where + ":fail":
		return errors.New("the peer fails in " + where)
	}
	return nil
}

type disk struct {
	Name string `mapstructure:"name"`
	Size int    `mapstructure:"size"`
}

type builderConfig struct {
	Folder     string            `mapstructure:"folder"`
	Count      int               `mapstructure:"count"`
	Names      []string          `mapstructure:"names"`
	Tags       map[string]string `mapstructure:"tags"`
	Disks      []disk            `mapstructure:"disk"`
	Misbehave  string            `mapstructure:"misbehave"`
	NoMachine  bool              `mapstructure:"no_machine"`
	Deprecated string            `mapstructure:"deprecated"`
	BuildName  string            `mapstructure:"packer_build_name"`
}

type builder struct {
	config builderConfig
}

func (b *builder) ConfigSpec() hcldec.ObjectSpec {
	return hcldec.ObjectSpec{
		"folder":     attribute("folder", cty.String, true),
		"count":      attribute("count", cty.Number, false),
		"names":      attribute("names", cty.List(cty.String), false),
		"tags":       attribute("tags", cty.Map(cty.String), false),
		"misbehave":  attribute("misbehave", cty.String, false),
		"no_machine": attribute("no_machine", cty.Bool, false),
		"deprecated": attribute("deprecated", cty.String, false),
		"disk": &hcldec.BlockListSpec{TypeName: "disk", Nested: hcldec.ObjectSpec{
			"name": attribute("name", cty.String, false),
			"size": attribute("size", cty.Number, false),
		}},
	}
}

func (b *builder) Prepare(raws ...interface{}) ([]string, []string, error) {
	if err := config.Decode(&b.config, &config.DecodeOpts{PluginType: "peer-machine"}, raws...); err != nil {
		return nil, nil, err
	}
	if err := misbehave(b.config.Misbehave, "prepare"); err != nil {
		return nil, nil, err
	}
	if b.config.Folder == "" {
		return nil, nil, errors.New("a folder must be given")
	}
	var warnings []string
	if b.config.Deprecated != "" {
		warnings = append(warnings, "deprecated is not needed any more")
	}
	return []string{"Folder", "Disks"}, warnings, nil
}

func (b *builder) Run(ctx context.Context, ui packer.Ui, hook packer.Hook) (packer.Artifact, error) {
	if err := misbehave(b.config.Misbehave, "run"); err != nil {
		return nil, err
	}
	state := new(multistep.BasicStateBag)
	state.Put("ui", ui)
	state.Put("hook", hook)
	steps := []multistep.Step{&stepMachine{config: &b.config}, &stepProvision{config: &b.config}}
	runner := &multistep.BasicRunner{Steps: steps}
	runner.Run(ctx, state)
	if err, ok := state.GetOk("error"); ok {
		return nil, err.(error)
	}
	if _, cancelled := state.GetOk(multistep.StateCancelled); cancelled {
		return nil, nil
	}
	return &artifact{folder: b.config.Folder, data: map[string]interface{}{"Folder": b.config.Folder}}, nil
}

// A machine is a folder, with a file in it for as long as it runs.
type stepMachine struct{ config *builderConfig }

func (s *stepMachine) Run(ctx context.Context, state multistep.StateBag) multistep.StepAction {
	ui := state.Get("ui").(packer.Ui)
	ui.Say(fmt.Sprintf("Starting a machine in %s with %d disks", s.config.Folder, len(s.config.Disks)))
	if err := os.MkdirAll(s.config.Folder, 0o755); err != nil {
		state.Put("error", err)
		return multistep.ActionHalt
	}
	if err := os.WriteFile(filepath.Join(s.config.Folder, "disk"), []byte("empty"), 0o644); err != nil {
		state.Put("error", err)
		return multistep.ActionHalt
	}
	if err := os.WriteFile(filepath.Join(s.config.Folder, "running"), []byte(s.config.BuildName), 0o644); err != nil {
		state.Put("error", err)
		return multistep.ActionHalt
	}
	return multistep.ActionContinue
}

func (s *stepMachine) Cleanup(state multistep.StateBag) {
	ui := state.Get("ui").(packer.Ui)
	ui.Say("Stopping the machine")
	_ = os.Remove(filepath.Join(s.config.Folder, "running"))
}

type stepProvision struct{ config *builderConfig }

func (s *stepProvision) Run(ctx context.Context, state multistep.StateBag) multistep.StepAction {
	ui := state.Get("ui").(packer.Ui)
	hook := state.Get("hook").(packer.Hook)
	var machine packer.Communicator
	if !s.config.NoMachine {
		machine = &local{folder: s.config.Folder}
	}
	data := map[string]interface{}{"ID": "machine-1", "Host": "127.0.0.1", "Port": 22, "ConnType": "peer", "Folder": s.config.Folder, "Disks": len(s.config.Disks)}
	if err := hook.Run(ctx, packer.HookProvision, ui, machine, data); err != nil {
		state.Put("error", err)
		return multistep.ActionHalt
	}
	if err := misbehave(s.config.Misbehave, "after"); err != nil {
		state.Put("error", err)
		return multistep.ActionHalt
	}
	return multistep.ActionContinue
}

func (s *stepProvision) Cleanup(multistep.StateBag) {}

type artifact struct {
	folder string
	data   map[string]interface{}
}

func (a *artifact) BuilderId() string { return "peer.machine" }
func (a *artifact) Id() string        { return "machine-1" }
func (a *artifact) String() string    { return "A machine in " + a.folder }
func (a *artifact) Destroy() error    { return os.RemoveAll(a.folder) }
func (a *artifact) Files() []string   { return []string{filepath.Join(a.folder, "disk")} }
func (a *artifact) State(name string) interface{} {
	if name == "generated_data" {
		return a.data
	}
	return nil
}

// Commands run here, and paths are those of this machine below the folder.
type local struct{ folder string }

func (l *local) Start(ctx context.Context, command *packer.RemoteCmd) error {
	shell := exec.CommandContext(ctx, "/bin/sh", "-c", command.Command)
	shell.Dir = l.folder
	shell.Stdin, shell.Stdout, shell.Stderr = command.Stdin, command.Stdout, command.Stderr
	if err := shell.Start(); err != nil {
		return err
	}
	go func() {
		err := shell.Wait()
		var exited *exec.ExitError
		if errors.As(err, &exited) {
			command.SetExited(exited.ExitCode())
		} else if err != nil {
			command.SetExited(1)
		} else {
			command.SetExited(0)
		}
	}()
	return nil
}

func (l *local) path(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(l.folder, name)
}

func (l *local) Upload(to string, content io.Reader, info *os.FileInfo) error {
	mode := os.FileMode(0o644)
	if info != nil {
		mode = (*info).Mode()
	}
	file, err := os.OpenFile(l.path(to), os.O_CREATE|os.O_WRONLY|os.O_TRUNC, mode)
	if err != nil {
		return err
	}
	defer file.Close()
	_, err = io.Copy(file, content)
	return err
}

func (l *local) UploadDir(to, from string, exclude []string) error {
	return exec.Command("cp", "-R", strings.TrimSuffix(from, "/"), l.path(to)).Run()
}

func (l *local) Download(from string, content io.Writer) error {
	file, err := os.Open(l.path(from))
	if err != nil {
		return err
	}
	defer file.Close()
	_, err = io.Copy(content, file)
	return err
}

func (l *local) DownloadDir(from, to string, exclude []string) error {
	return exec.Command("cp", "-R", l.path(from), to).Run()
}
