// The PowerShell that runs on the machine during transfers. It keeps to what PowerShell 2.0 and .NET 2.0 can do,
// and to 8,191 characters as an encoded command line. Standard input is read line by line through the pipeline
// (`process`), because PowerShell itself reads it when it is a pipe: raw reads would race with that.
import { QUIET, quotePowershell } from "../powershell.ts";

/** First words of the lines that the scripts print. */
export const HAVE = "have";
export const DONE = "done";

/** Puts what went wrong as plain text on standard error, without PowerShell's decoration. */
const FAIL = "trap { [Console]::Error.WriteLine($_.Exception.Message); exit 1 }";

export interface UploadScript {
  /** Names the part file in the machine's folder for temporary files. */
  readonly id: string;
  /** Of the whole compressed stream, in hex. */
  readonly sha256: string;
  readonly destination: string;
}

/**
 * Receives lines of `offset length base64` into a part file, checks its hash and unpacks it.
 * A line that came before or came in part is skipped, so lines may be sent again after a lost connection;
 * a part file that is already there is continued.
 */
export function uploadScript({ id, sha256, destination }: UploadScript): string {
  return `
    begin {
      ${FAIL}
      ${QUIET}
      $ErrorActionPreference = 'Stop'
      $file = $null
      $part = [IO.Path]::Combine([IO.Path]::GetTempPath(), 'packer-${id}.part')
      # An earlier shell that was lost may still be closing the file.
      for ($tries = 1; $file -eq $null; $tries++) {
        try { $file = [IO.File]::Open($part, 'OpenOrCreate', 'ReadWrite') } catch { if ($tries -ge 20) { throw }; Start-Sleep -Milliseconds 500 }
      }
      [void]$file.Seek(0, 'End')
      [Console]::Out.WriteLine('${HAVE} ' + $file.Length)
    }
    process {
      ${FAIL}
      $word = ([string]$_).Split(' ')
      if ($word.Length -eq 3 -and $word[2].Length -eq [int]$word[1]) {
        $at = [long]$word[0]
        if ($at -gt $file.Length) { throw 'A piece of the upload is missing' }
        if ($at -eq $file.Length) {
          $bytes = [Convert]::FromBase64String($word[2])
          $file.Write($bytes, 0, $bytes.Length)
        }
      }
    }
    ${unpackScript(destination, sha256)}
  `;
}

/** Checks what arrived and unpacks it. */
function unpackScript(destination: string, sha256: string): string {
  return `
    end {
      ${FAIL}
      [void][Reflection.Assembly]::LoadWithPartialName('System.Core')
      [void]$file.Seek(0, 'Begin')
      $hash = (New-Object Security.Cryptography.SHA256CryptoServiceProvider).ComputeHash($file)
      if ([BitConverter]::ToString($hash).Replace('-', '') -ne '${sha256}') { $file.SetLength(0); throw 'The upload arrived damaged' }
      [void]$file.Seek(0, 'Begin')
      $root = [IO.Path]::GetFullPath([Environment]::ExpandEnvironmentVariables(${quotePowershell(destination)}))
      $zip = New-Object IO.Compression.GZipStream($file, [IO.Compression.CompressionMode]::Decompress)
      $in = New-Object IO.BinaryReader($zip)
      while ($mark = $in.ReadByte()) {
        $path = [IO.Path]::Combine($root, [Text.Encoding]::UTF8.GetString($in.ReadBytes($in.ReadInt32())).Replace('/', '\\'))
        if ($mark -eq 1) { [void][IO.Directory]::CreateDirectory($path); continue }
        if ([IO.Directory]::Exists($path)) { throw "$path is a folder" }
        [void][IO.Directory]::CreateDirectory([IO.Path]::GetDirectoryName($path))
        $out = [IO.File]::Create($path)
        while ($size = $in.ReadInt32()) { $out.Write($in.ReadBytes($size), 0, $size) }
        $out.Close()
      }
      $in.Close()
      [IO.File]::Delete($part)
      [Console]::Out.WriteLine('${DONE}')
    }
  `;
}

/** Prints a file, or a folder with all that is below it, as lines of base64 and a last line. */
export function downloadScript(source: string, folder: boolean): string {
  return `
    ${FAIL}
    ${QUIET}
    $ErrorActionPreference = 'Stop'
    $root = [IO.Path]::GetFullPath([Environment]::ExpandEnvironmentVariables(${quotePowershell(source)}))
    $buffer = New-Object byte[] 262144
    $memory = New-Object IO.MemoryStream
    $zip = New-Object IO.Compression.GZipStream($memory, [IO.Compression.CompressionMode]::Compress, $true)
    $out = New-Object IO.BinaryWriter($zip)
    function Drain([int]$from) {
      if ($memory.Length -gt $from) { [Console]::Out.WriteLine([Convert]::ToBase64String($memory.ToArray())); $memory.SetLength(0) }
    }
    function Name([int]$mark, [string]$name) {
      $bytes = [Text.Encoding]::UTF8.GetBytes($name.Replace('\\', '/'))
      $out.Write([byte]$mark); $out.Write([int]$bytes.Length); $out.Write($bytes, 0, $bytes.Length)
    }
    function Content([string]$path) {
      $file = [IO.File]::Open($path, 'Open', 'Read', 'ReadWrite')
      while ($size = $file.Read($buffer, 0, $buffer.Length)) { $out.Write([int]$size); $out.Write($buffer, 0, $size); Drain 196608 }
      $file.Close()
      $out.Write([int]0)
    }
    ${folder ? LIST_FOLDER : SINGLE_FILE}
    $out.Write([byte]0)
    $out.Close()
    Drain 0
    [Console]::Out.WriteLine('${DONE}')
  `;
}

const SINGLE_FILE = `
    if ([IO.Directory]::Exists($root)) { throw "$root is a folder" }
    Name 2 ''
    Content $root
`;

const LIST_FOLDER = `
    if (-not [IO.Directory]::Exists($root)) { throw "There is no folder $root" }
    $root = $root.TrimEnd('\\') + '\\'
    Get-ChildItem -LiteralPath $root -Recurse -Force | ForEach-Object {
      $name = $_.FullName.Substring($root.Length)
      if ($_.PSIsContainer) { Name 1 $name } else { Name 2 $name; Content $_.FullName }
    }
`;
