param([string]$Output = '@OUTPUT@', [int]$Hours = @HOURS@, [string]$Instance = '@INSTANCE@')
Set-StrictMode -Version 2.0
$ErrorActionPreference = 'Stop'
$Role = '@ROLE@'
$State = @{ Left = 280000 }
$Notes = New-Object System.Collections.ArrayList
$Found = New-Object System.Collections.ArrayList
$Facts = New-Object System.Collections.ArrayList
$Culture = [Globalization.CultureInfo]::InvariantCulture
$Utf8 = New-Object Text.UTF8Encoding($false)
$System = Join-Path $env:SystemRoot 'System32'
if (Test-Path (Join-Path $env:SystemRoot 'sysnative\reg.exe')) { $System = Join-Path $env:SystemRoot 'sysnative' }
$Reg = Join-Path $System 'reg.exe'
$Wevtutil = Join-Path $System 'wevtutil.exe'
if ($Output -eq '') { $Output = [IO.Path]::GetTempPath() }
$Output = $ExecutionContext.SessionState.Path.GetUnresolvedProviderPathFromPSPath($Output)
$Folder = Join-Path $Output ('akushu-' + $env:COMPUTERNAME)

function Note([string]$Text) { [void]$Notes.Add([DateTime]::UtcNow.ToString('HH:mm:ss', $Culture) + 'Z ' + $Text) }

function Run([string]$Program, [string[]]$Words) {
    $ErrorActionPreference = 'Continue'
    try { & $Program $Words 2>$null } catch { Note ($Program + ': ' + $_.Exception.Message) }
}

# Writes a file of at most $Most bytes, and no more than is left of the whole; what is cut off is cut at a line.
function Save([string]$Name, [string]$Text, [int]$Most) {
    if ($Most -gt $State['Left']) { $Most = $State['Left'] }
    $bytes = $Utf8.GetBytes($Text)
    if ($bytes.Length -gt $Most) {
        $cut = $Most
        while ($cut -gt 0 -and $bytes[$cut - 1] -ne 10) { $cut-- }
        Note ($Name + ': cut at ' + $cut + ' of ' + $bytes.Length + ' bytes')
        if ($cut -eq 0) { return }
        $part = New-Object byte[] $cut
        [Array]::Copy($bytes, $part, $cut)
        $bytes = $part
    }
    try {
        [IO.File]::WriteAllBytes((Join-Path $Folder $Name), $bytes)
        $State['Left'] -= $bytes.Length
    } catch { Note ($Name + ': ' + $_.Exception.Message) }
}

function Escape([string]$Text) { $Text.Replace('%', '%25').Replace('|', '%7C').Replace("`r", '%0D').Replace("`n", '%0A') }

function Fact([string]$Kind, [object[]]$Pairs) {
    $line = $Kind + '|'
    for ($i = 0; $i + 1 -lt $Pairs.Length; $i += 2) { $line += [string]$Pairs[$i] + '=' + (Escape ([string]$Pairs[$i + 1])) + '|' }
    [void]$Facts.Add($line)
}

function Utc([DateTime]$Time) { $Time.ToUniversalTime().ToString('yyyy-MM-ddTHH:mm:ss', $Culture) + 'Z' }

# ---- registry: the keys of data/collect_keys.csv and no others ----

function Query([string[]]$Words) { Run $Reg (@('query') + $Words) }

function Add-Lines([object[]]$Lines) {
    foreach ($line in $Lines) { if ([string]$line -match '^(HKEY_|\s+\S)') { [void]$Found.Add([string]$line) } }
}

function Below([string]$Path) { @(Query @($Path) | Where-Object { $_ -like 'HKEY_*' -and $_.Length -gt $Path.Length + 15 }) }

# The ids of the instances ("MSSQL16.SQL2"), as [name, id].
function Instances([string]$Path) {
    $root = $Path.Substring(0, $Path.IndexOf('\*\'))
    foreach ($line in @(Query @($root + '\Instance Names\SQL'))) {
        if ([string]$line -match '^\s+(\S+)\s+REG_SZ\s+(\S+)\s*$') {
            if ($Instance -eq '' -or $Instance -eq $Matches[1]) { ,@($Matches[1], $Matches[2]) }
        }
    }
}

function Paths([string]$Path) {
    if ($Path.Contains('\*\')) { foreach ($pair in @(Instances $Path)) { $Path.Replace('\*\', '\' + $pair[1] + '\') } } else { $Path }
}

function Tree([string]$Id, [string]$Path) {
    $number = 0
    foreach ($one in @(Paths $Path)) {
        $number++
        $file = Join-Path $Folder ('reg-' + $Id + '-' + $number + '.reg')
        [void](Run $Reg @('export', $one, $file, '/y'))
        if (-not (Test-Path $file)) { Note ($one + ': not there, or not to be read'); continue }
        $size = (Get-Item $file).Length
        if ($size -gt 65536 -or $size -gt $State['Left']) { Remove-Item $file; Note ($one + ': left out, ' + $size + ' bytes') } else { $State['Left'] -= $size }
    }
}

function Values([string]$Path, [string]$Names) {
    foreach ($one in @(Paths $Path)) { foreach ($name in $Names.Split('|')) { Add-Lines @(Query @($one, '/v', $name)) } }
}

function Recursive([string]$Path, [string]$Names) { foreach ($name in $Names.Split('|')) { Add-Lines @(Query @($Path, '/s', '/v', $name)) } }

function List([string]$Path) { Add-Lines @(Query @($Path)) }

function Names([string]$Path) { Add-Lines @(Below $Path) }

function Key([string]$Path) {
    [void]@(Query @($Path))
    if ($LASTEXITCODE -eq 0) { [void]$Found.Add($Path) }
}

function Like-Key([string]$Path) {
    $parent = $Path.Substring(0, $Path.LastIndexOf('\'))
    $name = $Path.Substring($Path.LastIndexOf('\') + 1)
    Add-Lines @(Below $parent | Where-Object { $_.Substring($_.LastIndexOf('\') + 1) -like $name })
}

function Children([string]$Path, [string]$Names, [string]$Value, [string]$Word) {
    foreach ($child in @(Below $Path)) {
        $lines = @(Query @($child, '/v', $Value))
        if (($lines -join "`n") -match ('REG_SZ\s.*' + $Word)) { Values $child $Names }
    }
}

# ---- logs: beginning and end of a file that SQL Server may be writing ----

function Log([string]$Name, [string]$File, [int]$Head, [int]$Tail) {
    if (-not (Test-Path $File)) { return }
    try {
        $stream = [IO.File]::Open($File, 'Open', 'Read', 'ReadWrite')
        try {
            $size = $stream.Length
            if ($size -le $Head + $Tail) { $Head = [int]$size; $Tail = 0 }
            $first = New-Object byte[] $Head
            $got = $stream.Read($first, 0, $Head)
            $last = New-Object byte[] $Tail
            if ($Tail -gt 0) { [void]$stream.Seek(-$Tail, 'End'); [void]$stream.Read($last, 0, $Tail) }
        } finally { $stream.Close() }
        $code = [Text.Encoding]::GetEncoding(28591)
        if ($got -ge 2 -and $first[0] -eq 255 -and $first[1] -eq 254) { $code = [Text.Encoding]::Unicode }
        $text = $code.GetString($first, 0, $got)
        if ($Tail -gt 0) {
            $end = $code.GetString($last)
            $text = $text.Substring(0, $text.LastIndexOf("`n") + 1) + $end.Substring($end.IndexOf("`n") + 1)
            Note ($File + ': ' + $size + ' bytes, of which beginning and end are taken')
        }
        $bytes = $code.GetBytes($text)
        if ($bytes.Length -gt $State['Left']) { Note ($File + ': left out, no room'); return }
        [IO.File]::WriteAllBytes((Join-Path $Folder $Name), $bytes)
        $State['Left'] -= $bytes.Length
    } catch { Note ($File + ': ' + $_.Exception.Message) }
}

function Errorlogs([string]$Path) {
    foreach ($pair in @(Instances $Path)) {
        $parameters = @(Query @($Path.Replace('\*\', '\' + $pair[1] + '\')))
        $file = ''
        foreach ($line in $parameters) { if ([string]$line -match 'REG_SZ\s+-e(.+?)\s*$') { $file = $Matches[1] } }
        if ($file -eq '') { Note ($pair[0] + ': no path of ERRORLOG in the registry, or not to be read'); continue }
        $short = $pair[0] -replace '[^A-Za-z0-9_-]', '_'
        Log ('ERRORLOG-' + $short) $file 12288 40960
        Log ('ERRORLOG-' + $short + '.1') ($file + '.1') 4096 16384
        Log ('SQLAGENT-' + $short + '.OUT') (Join-Path (Split-Path $file) 'SQLAGENT.OUT') 2048 6144
        Sql $pair[0] $short
    }
}

function Events([string]$Name, [string]$Channel, [string]$Providers, [string]$Levels, [int]$Count, [int]$Most) {
    $query = '*[System[Provider[' + $Providers + '] and ' + $Levels + 'TimeCreated[timediff(@SystemTime) <= ' + ([int64]$Hours * 3600000) + ']]]'
    $lines = @(Run $Wevtutil @('qe', $Channel, ('/q:' + $query), ('/c:' + $Count), '/rd:true', '/f:xml'))
    if ($lines.Length -eq 0) { Note ($Channel + ': no such event in ' + $Hours + ' hours, or not to be read'); return }
    Save $Name (($lines -join "`r`n") + "`r`n") $Most
}

function Sql-Events {
    $names = @()
    foreach ($pair in @(Instances 'HKLM\SOFTWARE\Microsoft\Microsoft SQL Server\*\')) {
        if ($pair[0] -eq 'MSSQLSERVER') { $names += "@Name='MSSQLSERVER'" } else { $names += ("@Name='MSSQL$" + $pair[0] + "'") }
    }
    if ($names.Length -gt 0) { Events 'events-sql.xml' 'Application' ($names -join ' or ') '(Level=1 or Level=2 or Level=3) and ' 40 65536 }
}

# ---- SQL Server ----

$Sql = @'
@SQL@
'@

function Sql([string]$Name, [string]$Short) {
    $server = '.'
    if ($Name -ne 'MSSQLSERVER') { $server = '.\' + $Name }
    try {
        $connection = New-Object Data.SqlClient.SqlConnection ('Server=' + $server + ';Database=master;Integrated Security=SSPI;Connect Timeout=10;Application Name=akushu-collect')
        try {
            $connection.Open()
            $command = $connection.CreateCommand()
            $command.CommandText = $Sql
            $command.CommandTimeout = 60
            $reader = $command.ExecuteReader()
            $text = New-Object Text.StringBuilder
            while ($reader.Read()) { [void]$text.Append($reader.GetString(0) + "`r`n") }
            Save ('sql-' + $Short + '.txt') $text.ToString() 65536
        } finally { $connection.Close() }
    } catch { Note ('T-SQL on ' + $server + ': ' + $_.Exception.GetBaseException().Message) }
}

# ---- the machine ----

function Ask([string]$Class) {
    try {
        if (Get-Command Get-CimInstance -ErrorAction SilentlyContinue) { Get-CimInstance -ClassName $Class } else { Get-WmiObject -Class $Class }
    } catch { Note ($Class + ': ' + $_.Exception.Message) }
}

function Moment([object]$Time) {
    if ($Time -is [DateTime]) { return (Utc $Time) }
    if ([string]$Time -eq '') { return '' }
    return (Utc ([Management.ManagementDateTimeConverter]::ToDateTime([string]$Time)))
}

function Machine {
    Fact 'akushu-collect' @('version', '1', 'of', 'windows', 'time', (Utc ([DateTime]::UtcNow)), 'host', $env:COMPUTERNAME, 'instance', '')
    foreach ($one in @(Ask 'Win32_OperatingSystem')) { Fact 'os' @('name', $one.Caption, 'version', $one.Version, 'boot', (Moment $one.LastBootUpTime), 'language', $one.OSLanguage) }
    $zone = [TimeZone]::CurrentTimeZone
    Fact 'clock' @('zone', $zone.StandardName, 'offset_minutes', [int]$zone.GetUtcOffset([DateTime]::Now).TotalMinutes)
    Fact 'powershell' @('version', $PSVersionTable.PSVersion)
    foreach ($one in @(Ask 'Win32_Service')) {
        if ($one.Name -notmatch '^(MSSQL|SQLAgent|SQLBrowser|SQLSERVERAGENT|himds|HealthService|AzureMonitor|HybridWorker|W3SVC|TermService|W32Time)') { continue }
        $started = ''
        try { if ($one.ProcessId -ne 0) { $started = Utc (Get-Process -Id $one.ProcessId).StartTime } } catch { Note ($one.Name + ': start time: ' + $_.Exception.Message) }
        Fact 'service' @('name', $one.Name, 'state', $one.State, 'mode', $one.StartMode, 'account', $one.StartName, 'started', $started)
    }
    foreach ($one in @(Ask 'Win32_NetworkAdapterConfiguration')) {
        if (-not $one.IPEnabled) { continue }
        foreach ($ip in @($one.IPAddress)) { Fact 'address' @('ip', $ip, 'interface', $one.Description) }
    }
    if (Get-Command Get-TlsCipherSuite -ErrorAction SilentlyContinue) {
        try { foreach ($one in @(Get-TlsCipherSuite)) { Fact 'suite' @('name', $one.Name) } } catch { Note ('Get-TlsCipherSuite: ' + $_.Exception.Message) }
    } else { Note 'Get-TlsCipherSuite: not on this system' }
}

# "0" for a key of CNG, which has no KeySpec; "" for one that may not be read: that tells nothing.
function Cng-Use([object]$Certificate, [Exception]$Why) {
    $cause = $Why.GetBaseException()
    if ($cause -is [NotSupportedException] -or [Runtime.InteropServices.Marshal]::GetHRForException($cause) -eq -2146893804) { return '0' }
    try {
        $rsa = [Security.Cryptography.X509Certificates.RSACertificateExtensions]::GetRSAPrivateKey($Certificate)
        if ($rsa.GetType().Name -eq 'RSACng') { return '0' }
    } catch { return '' }
    return ''
}

# The public part of each certificate; of its key only whether it is there, its provider and its use.
function Certificates {
    $pem = New-Object Text.StringBuilder
    $store = New-Object Security.Cryptography.X509Certificates.X509Store('My', 'LocalMachine')
    try {
        $store.Open('ReadOnly')
        foreach ($one in $store.Certificates) {
            $provider = ''
            $use = ''
            if ($one.HasPrivateKey) {
                try {
                    $info = $one.PrivateKey.CspKeyContainerInfo
                    $provider = $info.ProviderName
                    $use = [int]$info.KeyNumber
                } catch { $use = Cng-Use $one $_.Exception }
            }
            Fact 'certificate' @('thumbprint', $one.Thumbprint.ToLower(), 'subject', $one.Subject, 'issuer', $one.Issuer, 'from', (Utc $one.NotBefore), 'until', (Utc $one.NotAfter), 'has_key', [int]$one.HasPrivateKey, 'key_spec', $use, 'provider', $provider)
            [void]$pem.Append("-----BEGIN CERTIFICATE-----`r`n" + [Convert]::ToBase64String($one.RawData, 'InsertLineBreaks') + "`r`n-----END CERTIFICATE-----`r`n")
        }
    } catch { Note ('LocalMachine\My: ' + $_.Exception.Message) } finally { $store.Close() }
    if ($pem.Length -gt 0) { Save 'certificates.pem' $pem.ToString() 49152 }
}

# ---- all of it ----

try { [void][IO.Directory]::CreateDirectory($Folder) } catch { Write-Output ('akushu collect: ' + $Folder + ': ' + $_.Exception.Message) }
if (Test-Path $Folder) {
    foreach ($old in @(Get-ChildItem $Folder | Where-Object { -not $_.PSIsContainer -and $_.Name -match '^(reg-.*\.reg|registry\.txt|ERRORLOG-.*|SQLAGENT-.*\.OUT|events-.*\.xml|sql-.*\.txt|windows\.txt|certificates\.pem|akushu-collect\.log)$' })) {
        try { Remove-Item $old.FullName } catch { Note ($old.Name + ': ' + $_.Exception.Message) }
    }
    foreach ($step in @(
@STEPS@
        { Machine },
        { Certificates },
        { Events 'events-schannel.xml' 'System' "@Name='Schannel'" '' 40 65536 },
        { Sql-Events }
    )) {
        try { & $step } catch { Note ('step: ' + $_.Exception.Message) }
    }
    Save 'registry.txt' (($Found -join "`r`n") + "`r`n") 49152
    Fact 'end' @('lines', ($Facts.Count + 1))
    Save 'windows.txt' (($Facts -join "`r`n") + "`r`n") 32768
    $State['Left'] = 20000
    Save 'akushu-collect.log' (($Notes -join "`r`n") + "`r`n") 16384
    if (Get-Command Compress-Archive -ErrorAction SilentlyContinue) {
        try { Compress-Archive -Path (Join-Path $Folder '*') -DestinationPath ($Folder + '.zip') -Force } catch { Write-Output ('akushu collect: zip: ' + $_.Exception.Message) }
    }
    Write-Output $Folder
}
$global:LASTEXITCODE = 0
